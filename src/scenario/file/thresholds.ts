import * as z from 'zod';
import { AGGREGATE_LIST } from '../threshold-aggregates.ts';
import { parseThreshold } from '../threshold.ts';
import { POLICY_METRICS, RUN_METRICS, STEP_METRICS } from '../threshold-metrics.ts';
import type { ThresholdSpec } from '../threshold-spec.ts';
import { duration, enumOf, flag, text } from './quantities.ts';

const OF_STEPS = [...STEP_METRICS, ...POLICY_METRICS];

const EXAMPLES = [
  'create-order.response p(99.9) < 300ms',
  '*.errors{tag: team=checkout, fault: none} rate < 0.1%',
  'create-order.response p(95) over 10s < 300ms',
  'create-order.response p(99) <= baseline * 1.05 + 2ms',
  'orders -> payment p(99) < 200ms',
  'dropped count == 0',
];

const condition = z
  .string({ error: 'must be a text such as create-order.response p(99) < 300ms' })
  .transform((value, context): ThresholdSpec => {
    const threshold = parseThreshold(value);
    if ('text' in threshold) return threshold;
    const { message, hint, character } = threshold;
    const params = { whole: true, hint, character };
    // It goes on: of the forms that a threshold may have this is the one that was meant.
    context.issues.push({ code: 'custom', message, params, input: value, continue: true });
    return z.NEVER;
  })
  .meta({
    description: `One condition: a subject (STEP.METRIC, *.METRIC, ${RUN_METRICS.join(', ')}, TARGET.connect-errors, an edge CALLER -> CALLEE; METRIC: ${OF_STEPS.join(', ')}), selectors such as {phase: NAME, target: NAME, tag: NAME=VALUE, fault: NAME, of: attempts} or none, an aggregate (${AGGREGATE_LIST}), "over 10s" or nothing, an operator, and a limit with its unit or by the baseline.`,
    examples: EXAMPLES,
  });

const whenInconclusive = (description: string) =>
  enumOf(['fail', 'pass', 'extend'], { description, examples: ['extend'] }).optional();

const withOptions = z
  .strictObject({
    threshold: condition,
    abortOnFail: flag({
      description:
        'Ends the load, in order, as soon as the threshold has failed for sure; the run has failed then.',
      examples: [true],
    }).default(false),
    delay: duration(
      {
        description:
          'With abortOnFail: how long its phase, or the first that is measured, goes on before the threshold is looked at. Without it: not at all.',
        examples: ['10s'],
      },
      { orZero: true },
    ).optional(),
    whenInconclusive: whenInconclusive(
      'What becomes of the threshold where the run cannot tell: fail, pass, or extend, which lets the load go on until it can. Without it: what gate says.',
    ),
  })
  .meta({
    description: 'A condition, and what it does while the run goes on and where it stays open.',
    examples: [{ threshold: EXAMPLES[0] ?? '', abortOnFail: true, delay: '10s' }],
  });

/** A condition of the file, whichever form it has. */
export interface ThresholdFile extends ThresholdSpec {
  /** Whether it has a delay, though it may not abort. */
  readonly delayNs?: number;
}

/** The conditions that the result must meet. */
export const thresholds = z
  .array(
    z
      .union([condition, withOptions], {
        error: ({ input }) =>
          typeof input === 'object' && input !== null && !('threshold' in input)
            ? 'must be a text: put a threshold with {phase: ...} in quotes'
            : 'must be a text such as create-order.response p(99) < 300ms, or a map with threshold: and its options',
      })
      .transform((entry): ThresholdFile => {
        if (!('threshold' in entry)) return entry;
        const { threshold, abortOnFail, delay, whenInconclusive: when } = entry;
        return {
          ...threshold,
          ...(abortOnFail && { abortOnFail: { delayNs: delay ?? 0 } }),
          ...(delay !== undefined && { delayNs: delay }),
          ...(when !== undefined && { whenInconclusive: when }),
        };
      }),
    { error: 'must be a list of conditions' },
  )
  .meta({
    description:
      'Conditions that the result must meet; one that fails ends the run with exit code 99.',
    examples: [['create-order.response p(99.9) < 300ms', 'dropped count == 0']],
  });

/** What all thresholds have in common. */
export const gate = z
  .strictObject({
    whenInconclusive: whenInconclusive(
      'What becomes of a threshold where the run cannot tell: fail, pass, or extend, which lets the load go on until it can. Without it the run is inconclusive.',
    ),
    extendAtMost: duration({
      description:
        'With extend: how much longer than planned the load may go on at most. The rate is that with which it ends.',
      examples: ['5m'],
    }).optional(),
    baseline: text('must be a stored run or a baseline file', {
      description:
        "What the run is held against, as by --baseline: a stored run (its id, the beginning of it, latest), or a file of callgauge baseline, which is a text with a dot or a slash, relative to the scenario file's folder. --baseline says another, --no-baseline none.",
      examples: ['./baseline.json'],
    }).optional(),
  })
  .meta({
    description: 'What becomes of thresholds that stay open, and what the run is held against.',
    examples: [{ whenInconclusive: 'extend', extendAtMost: '5m' }],
  });
