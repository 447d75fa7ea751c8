import * as z from 'zod';
import type { ThresholdSpec } from '../scenario.ts';
import { parseThreshold } from '../threshold.ts';
import { duration, enumOf, percent, rate } from './quantities.ts';

/** The search for the highest rate that meets an objective: `capacity` of a phase. */

const HINT = 'Write create-order.response p(99) < 100ms, or create-order.errors rate < 1%.';

const WANTED = 'must be a text such as create-order.response p(99) < 100ms, or a list of them';

const objectives = z
  .union([z.string(), z.array(z.string()).min(1)], { error: WANTED })
  .transform((given, context) => {
    const texts = typeof given === 'string' ? [given] : given;
    return texts.flatMap((text, i): ThresholdSpec[] => {
      const read = parseThreshold(text);
      const { message, hint, character } = 'text' in read ? unfitOf(read, text) : read;
      if ('text' in read && message === '') return [read];
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

/** What of a condition is no question that a probe's sample can answer; '' for nothing. */
function unfitOf(
  { metric, edge, phase, aggregate, operator, limit }: ThresholdSpec,
  text: string,
): { readonly message: string; readonly hint: string; readonly character: number } {
  const fit = { message: '', hint: HINT, character: 0 };
  const at = (mark: string): number => Math.max(0, text.lastIndexOf(mark));
  if (edge) {
    const message = 'an edge between services is no objective: a search reads no spans';
    return { ...fit, message };
  }
  if (metric === 'lag') {
    return { ...fit, message: 'lag is of the generator: no objective for a target' };
  }
  if (metric === 'dropped') {
    const message = 'dropped is no objective: a rate misses once a single arrival is dropped';
    return { ...fit, message };
  }
  if (metric === 'connect-errors') {
    const message = 'connect-errors is no objective: calls that waited in vain are errors';
    return { ...fit, message };
  }
  if (phase !== '') {
    const message = 'an objective is of every probe: it names no phase';
    return { ...fit, message, character: at('{') };
  }
  if (operator !== '<' && operator !== '<=') {
    const message = `an objective bounds from above: its operator must be < or <=, got ${operator}`;
    return { ...fit, message, character: at(operator) };
  }
  const isRate = aggregate.kind === 'rate';
  const isPercentile = aggregate.kind === 'percentile' && aggregate.percent < 100;
  if (!isRate && !isPercentile && aggregate.kind !== 'med') {
    const message = `an objective needs p(N) below 100, med or rate, which have an interval`;
    return { ...fit, message };
  }
  if (isRate && (limit <= 0 || limit >= 1)) {
    const message = 'the limit of a rate must be above 0% and below 100%: no sample shows 0%';
    return { ...fit, message, character: at(operator) };
  }
  return fit;
}
