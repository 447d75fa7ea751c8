import * as z from 'zod';
import { duration, enumOf, positiveNumber, text } from './quantities.ts';

/** A distribution of delays, as a scenario file has it. */

const RUN_WANTED = 'must be latest or a run id of 16 hex digits, in quotes';

/** Of a key that the file has, as `max` may be left out. */
const WITHIN_MAX = 'must be no more than max (1m unless told)';

const max = duration({
  description: 'The longest delay; a longer draw counts as this.',
  examples: ['1s'],
}).prefault('1m');

const constant = z
  .strictObject({
    distribution: which('constant'),
    delay: duration({ description: 'How long.', examples: ['20ms'] }, { orZero: true }),
  })
  .meta({ description: 'Always the same delay.' });

const uniform = z
  .strictObject({
    distribution: which('uniform'),
    from: duration({ description: 'The shortest delay.', examples: ['10ms'] }, { orZero: true }),
    to: duration({ description: 'The longest delay.', examples: ['50ms'] }),
  })
  .refine((delay) => delay.from <= delay.to, { error: 'must be no less than from', path: ['to'] })
  .meta({ description: 'Any delay between two, each as likely.' });

const normal = z
  .strictObject({
    distribution: which('normal'),
    mean: duration({ description: 'The middle of the delays.', examples: ['20ms'] }),
    deviation: duration({ description: 'Their standard deviation.', examples: ['5ms'] }),
    max,
  })
  .refine((delay) => delay.mean <= delay.max, { error: WITHIN_MAX, path: ['mean'] })
  .meta({ description: 'Delays around a mean; a draw below 0 counts as 0.' });

const lognormal = z
  .strictObject({
    distribution: which('lognormal'),
    median: duration({ description: 'Half of the delays are longer.', examples: ['20ms'] }),
    sigma: positiveNumber(10, {
      description: "Standard deviation of the delay's natural logarithm: 0.5 is a moderate tail.",
      examples: [0.5],
    }),
    max,
  })
  .refine((delay) => delay.median <= delay.max, { error: WITHIN_MAX, path: ['median'] })
  .meta({ description: 'Delays with a tail as services have it.' });

const pareto = z
  .strictObject({
    distribution: which('pareto'),
    min: duration({ description: 'The least delay.', examples: ['10ms'] }),
    shape: positiveNumber(100, {
      description: 'The tail index: P(delay > x) = (min / x)^shape. Below 2 the tail is wild.',
      examples: [1.5],
    }),
    max,
  })
  .refine((delay) => delay.min <= delay.max, { error: WITHIN_MAX, path: ['min'] })
  .meta({ description: 'Delays with a heavy tail.' });

const histogram = z
  .strictObject({
    distribution: which('histogram'),
    run: z
      .string({ error: RUN_WANTED })
      .regex(/^(?:latest|[0-9a-f]{16})$/u, { error: RUN_WANTED })
      .meta({
        description: 'The stored run in which the delays were measured: its id, or latest.',
        examples: ['latest', '6a1b2c3d00c0ffee'],
      }),
    step: text('must be the name of a step', {
      description: "The step of that run whose answered calls' times are the delays.",
      examples: ['create-order'],
    }),
    clock: enumOf(['service', 'response'], {
      description: 'The service time, or the response time with the wait before it.',
      examples: ['service'],
    }).default('service'),
    phase: text('must be the name of a phase', {
      description: 'Only the calls of this phase; without it those of all that were measured.',
      examples: ['steady'],
    }).optional(),
  })
  .meta({ description: 'Delays as they were measured in a stored run.' });

/** A delay that is drawn anew each time. */
export const delay = z.discriminatedUnion(
  'distribution',
  [constant, uniform, normal, lognormal, pareto, histogram],
  {
    error: ({ input }) =>
      typeof input === 'object' && input !== null
        ? 'must be constant, uniform, normal, lognormal, pareto or histogram'
        : 'must be a map of keys',
  },
);

/** A valid delay of the file. */
export type DelayFile = z.output<typeof delay>;

/** The key that says which distribution it is. */
function which<const D extends string>(distribution: D) {
  return z
    .literal(distribution)
    .meta({ description: 'How the delays are distributed.', examples: [distribution] });
}
