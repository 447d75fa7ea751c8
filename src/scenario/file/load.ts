import * as z from 'zod';
import { capacity } from './capacity.ts';
import { duration, enumOf, flag, name, rate, text, wholeNumber } from './quantities.ts';
import { replay } from './replay.ts';
import { saturate } from './saturate.ts';
import { steps } from './steps.ts';

/** The part of the file that says when arrivals come: `load`. */

const ramp = z
  .strictObject({
    from: rate(
      { description: 'The rate at the beginning of the phase.', examples: ['10/s'] },
      { orZero: true },
    ),
    to: rate(
      { description: 'The rate at the end of the phase.', examples: ['100/s'] },
      { orZero: true },
    ),
  })
  .refine(({ from, to }) => from > 0 || to > 0, { error: 'must have a rate > 0 at one end' })
  .meta({
    description: 'A rate that changes evenly over the phase.',
    examples: [{ from: '10/s', to: '100/s' }],
  });

const stage = z
  .strictObject({
    to: rate(
      { description: 'The rate at the end of the stage.', examples: ['100/s'] },
      { orZero: true },
    ),
    for: duration(
      {
        description: 'How long the rate takes to get there; 0s jumps.',
        examples: ['10s', '0s'],
      },
      { orZero: true },
    ),
  })
  .meta({
    description: 'A straight piece of the rate, from where the one before ended.',
    examples: [{ to: '100/s', for: '10s' }],
  });

const arrivals = z
  .strictObject({
    process: enumOf(['poisson', 'constant'], {
      description:
        'How arrivals are spaced: poisson at random, as many independent callers come; constant evenly.',
      examples: ['poisson'],
    }).default('poisson'),
    rate: rate({
      description: 'A level rate. Exactly one of rate, ramp, stages and steps.',
      examples: ['50/s', '600/m'],
    }).optional(),
    ramp: ramp.optional(),
    from: rate(
      {
        description: 'With stages: the rate at the beginning of the first one.',
        examples: ['0/s'],
      },
      { orZero: true },
    )
      .optional()
      .meta({ default: '0/s' }),
    stages: z
      .array(stage, { error: 'must be a list of stages' })
      .min(1, { error: 'must have at least one stage' })
      .refine((list) => list.some((s) => s.for > 0), { error: 'must last more than 0s in all' })
      .refine((list) => list.some((s) => s.to > 0), { error: 'must have a rate > 0 somewhere' })
      .optional()
      .meta({
        description: 'A rate in straight pieces; their durations are the length of the phase.',
        examples: [
          [
            { to: '100/s', for: '10s' },
            { to: '100/s', for: '30s' },
          ],
        ],
      }),
    steps: steps.optional(),
  })
  .refine((file) => countGiven([file.rate, file.ramp, file.stages, file.steps]) === 1, {
    error: 'must have exactly one of rate, ramp, stages and steps',
    params: {
      hint: 'Write one of rate: 50/s, ramp: { from: 10/s, to: 100/s }, stages: [...], steps: {...}.',
    },
  })
  .refine((file) => file.from === undefined || file.stages !== undefined, {
    error: 'must have stages where it has from',
    params: { hint: 'Remove from, or write ramp: { from: 10/s, to: 100/s }.' },
  })
  .meta({
    description: 'How many arrivals come, and how they are spaced.',
    examples: [{ process: 'poisson', rate: '50/s' }],
    oneOf: ['rate', 'ramp', 'stages', 'steps'].map((key) => ({ required: [key] })),
  });

type ArrivalsFile = z.output<typeof arrivals>;

/** More than these cannot have a connection each; a target has no more. */
const USERS_MAX = 10_000;

const thinkRange = z
  .strictObject({
    min: duration(
      { description: 'The shortest pause.', examples: ['50ms', '0s'] },
      { orZero: true },
    ),
    max: duration({ description: 'The longest pause.', examples: ['150ms'] }),
  })
  .refine(({ min, max }) => min <= max, {
    error: 'must have a min that is not above its max',
    params: { hint: 'Write the shorter one as min.' },
  });

const think = z
  .union(
    [
      duration(
        { description: 'A pause that is always as long.', examples: ['100ms'] },
        { orZero: true },
      ),
      thinkRange,
    ],
    { error: 'must be a duration such as 100ms, or { min: 50ms, max: 150ms }' },
  )
  .meta({
    description:
      'With users: how long a user pauses between two iterations; with min and max, drawn evenly between them by the seed.',
    examples: ['100ms', { min: '50ms', max: '150ms' }],
  });

/** What lets a phase's calls go: exactly one of them. */
const MODELS = ['arrivals', 'users', 'replay', 'saturate', 'capacity'] as const;

/** One stretch of the load. */
export const phase = z
  .strictObject({
    phase: name({
      description: "The phase's name in results and thresholds; unique in the file.",
      examples: ['steady'],
    }),
    flow: text('must be the name of a flow', {
      description: 'What each arrival does. May be left out where the file has one flow.',
      examples: ['checkout'],
    }).optional(),
    arrivals: arrivals.optional(),
    users: wholeNumber(
      { min: 1, max: USERS_MAX },
      {
        description:
          'A closed load instead of arrivals: so many virtual users, each of which begins its next iteration of the flow when the last one is over.',
        examples: [50],
      },
    ).optional(),
    iterations: wholeNumber(
      { min: 1, max: 1_000_000_000 },
      {
        description:
          'With users: iterations of all users together after which the phase is over, if its time is not over before.',
        examples: [1_000],
      },
    ).optional(),
    think: think.optional(),
    replay: replay.optional(),
    saturate: saturate.optional(),
    capacity: capacity.optional(),
    for: duration({
      description:
        'How long the phase lasts. Left out with stages and steps, which have their own durations; with replay the longest that it may last.',
      examples: ['30s', '5m'],
    }).optional(),
    measure: flag({
      description: 'false: the calls are made and stored, and no result counts them (a warm-up).',
      examples: [false],
    }).default(true),
  })
  .refine((file) => countGiven(MODELS.map((key) => file[key])) === 1, {
    error: 'must have exactly one of arrivals, users, replay, saturate and capacity',
    params: {
      hint: 'Write arrivals: { rate: 50/s } for an open load, users: 50 for a closed one.',
    },
  })
  .refine((file) => file.users !== undefined || (file.iterations ?? file.think) === undefined, {
    error: 'must have users where it has iterations or think',
    params: { hint: 'Add users: 50, or remove iterations and think.' },
  })
  .refine((file) => file.for !== undefined || hasOwnLength(file) || file.replay !== undefined, {
    error: 'must say how long it lasts',
    params: { hint: 'Add for: 30s.' },
  })
  .refine((file) => file.for === undefined || file.capacity === undefined, {
    error: 'must not have both for and capacity',
    params: { hint: 'Remove for: a search lasts as long as it takes. probe: 10s is of one rate.' },
  })
  .refine((file) => file.for === undefined || file.arrivals?.stages === undefined, {
    error: 'must not have both for and stages',
    params: { hint: 'Remove for: the stages have their own durations.' },
  })
  .refine((file) => file.for === undefined || file.arrivals?.steps === undefined, {
    error: 'must not have both for and steps',
    params: { hint: 'Remove for: each says how long a step lasts.' },
  })
  .meta({
    description: 'One stretch of the load; phases follow each other without a gap.',
    examples: [{ phase: 'steady', arrivals: { rate: '50/s' }, for: '30s' }],
    oneOf: MODELS.map((key) => ({ required: [key] })),
  });

/** The phases in their order; at least one. */
export const load = z
  .array(phase, { error: 'must be a list of phases' })
  .min(1, { error: 'must have at least one phase' })
  .meta({
    description: 'The phases of the run, in their order.',
    examples: [[{ phase: 'steady', arrivals: { rate: '50/s' }, for: '30s' }]],
  });

/** A phase as the file holds it. */
export type PhaseFile = z.output<typeof phase>;

function countGiven(values: readonly unknown[]): number {
  return values.filter((value) => value !== undefined).length;
}

function hasOwnLength(file: {
  readonly arrivals?: ArrivalsFile | undefined;
  readonly capacity?: object | undefined;
}): boolean {
  return (file.arrivals?.stages ?? file.arrivals?.steps ?? file.capacity) !== undefined;
}
