import * as z from 'zod';
import type { FixedThreshold, ThresholdSpec } from '../threshold-spec.ts';
import { parseThreshold, type ThresholdProblem } from '../threshold.ts';
import { EVERY_STEP } from '../threshold-spec.ts';
import { duration, enumOf, percent, rate } from './quantities.ts';

/** The search for the highest rate that meets an objective: `capacity` of a phase. */

const HINT = 'Write create-order.response p(99) < 100ms, or create-order.errors rate < 1%.';

const WANTED = 'must be a text such as create-order.response p(99) < 100ms, or a list of them';

const objectives = z
  .union([z.string(), z.array(z.string()).min(1)], { error: WANTED })
  .transform((given, context) => {
    const texts = typeof given === 'string' ? [given] : given;
    return texts.flatMap((text, i): FixedThreshold[] => {
      const read = parseThreshold(text);
      const fit = 'text' in read ? fitOf(read, text) : read;
      if ('text' in fit) return [fit];
      const { message, hint, character } = fit;
      const path = typeof given === 'string' ? [] : [i];
      const params = { whole: true, hint, character };
      context.issues.push({ code: 'custom', message, params, input: text, path });
      return [];
    });
  });

/** What is probed, and how exactly. */
export const capacity = z
  .strictObject({
    objective: objectives.meta({
      description:
        'What a rate must meet, one condition or a list: p(N) or med of a time, or rate of errors or timeouts; < or <=.',
      examples: ['create-order.response p(99) < 100ms'],
    }),
    from: rate({ description: 'The lowest rate, probed first.', examples: ['50/s'] }),
    to: rate({ description: 'The highest rate that is tried.', examples: ['2000/s'] }),
    precision: percent({
      description: 'How close the two ends of the bracket shall be; 1% to 50%.',
      examples: ['5%'],
    })
      .refine((ratio) => ratio >= 0.01 && ratio <= 0.5, { error: 'must be from 1% to 50%' })
      .prefault('5%'),
    probe: duration({
      description:
        'How long a rate is probed at the least; longer where the objective wants more calls.',
      examples: ['10s'],
    })
      .refine((ns) => ns >= 1e9, { error: 'must be 1s at least' })
      .prefault('10s'),
    process: enumOf(['poisson', 'constant'], {
      description: 'How arrivals are spaced, as in arrivals.',
      examples: ['poisson'],
    }).default('poisson'),
  })
  .refine(({ from, to }) => from < to, {
    error: 'must have a from that is below its to',
    params: { hint: 'Write from: 50/s, to: 2000/s.' },
  })
  .meta({
    description:
      'In place of arrivals: probes at one rate each, in search of the highest rate that meets the objective.',
    examples: [{ objective: 'create-order.response p(99) < 100ms', from: '50/s', to: '2000/s' }],
  });

/** Returns the condition as an objective, or what of it a probe's sample cannot answer. */
function fitOf(threshold: ThresholdSpec, text: string): FixedThreshold | ThresholdProblem {
  const { step, metric, edge, phase, fault, healthy, of, overNs, operator, aggregate, limit } =
    threshold;
  const at = (mark: string): number => Math.max(0, text.lastIndexOf(mark));
  const unfit = (message: string, character = 0): ThresholdProblem => ({
    message,
    hint: HINT,
    character,
  });
  if (edge) return unfit('an edge between services is no objective: a search reads no spans');
  const why = UNFIT_METRICS[metric];
  if (why !== undefined) return unfit(`${metric} is no objective: ${why}`);
  if (step === EVERY_STEP) return unfit('an objective is of one step: name it in place of *');
  if (phase !== '') return unfit('an objective is of every probe: it names no phase', at('{'));
  if (fault !== undefined || healthy)
    return unfit('an objective is of every probe: it names no fault', at('{'));
  if (of === 'attempts') return unfit('an objective is of calls, not of attempts', at('{'));
  if (overNs !== undefined) {
    return unfit('an objective is of whole probes: it has no "over"', at(' over ') + 1);
  }
  if (operator !== '<' && operator !== '<=') {
    const message = `an objective bounds from above: its operator must be < or <=, got ${operator}`;
    return unfit(message, at(operator));
  }
  const isRate = aggregate.kind === 'rate';
  const isPercentile = aggregate.kind === 'percentile' && aggregate.percent < 100;
  if (!isRate && !isPercentile && aggregate.kind !== 'med') {
    return unfit('an objective needs p(N) below 100, med or rate, which have an interval');
  }
  if (typeof limit !== 'number') {
    return unfit('an objective has a limit of its own: a search has no baseline', at('baseline'));
  }
  if (isRate && (limit <= 0 || limit >= 1)) {
    const message = 'the limit of a rate must be above 0% and below 100%: no sample shows 0%';
    return unfit(message, at(operator));
  }
  return { ...threshold, limit };
}

const UNFIT_METRICS: Readonly<Partial<Record<ThresholdSpec['metric'], string>>> = {
  lag: 'it is of the generator, not of a target',
  calls: 'the rate of a probe is what the search sets',
  arrivals: 'the rate of a probe is what the search sets',
  dropped: 'a rate misses once a single arrival is dropped',
  'connect-errors': 'calls that waited in vain are errors',
  amplification: 'no interval is known of it',
};
