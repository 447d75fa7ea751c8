import * as z from 'zod';
import { duration, rate } from './quantities.ts';
import { stairRates, STAIRS_MAX } from '../staircase.ts';

/**
 * The rates of a staircase: from one to another, by a sum or by a factor, each for the same time.
 */
export const steps = z
  .strictObject({
    from: rate({ description: 'The rate of the first step.', examples: ['100/s'] }),
    to: rate({
      description: 'The rate of the last step; a step that would pass it is left out.',
      examples: ['1000/s'],
    }),
    by: rate({
      description: 'How far one step lies from the next. Exactly one of by and times.',
      examples: ['100/s'],
    }).optional(),
    times: z
      .number({ error: 'must be a number > 1' })
      .gt(1, { error: 'must be a number > 1' })
      .max(1_000, { error: 'must be 1000 at most' })
      .optional()
      .meta({ description: 'How many times one step is the next.', examples: [2] }),
    each: duration({ description: 'How long each step lasts.', examples: ['10s'] }),
  })
  .refine(({ by, times }) => (by === undefined) !== (times === undefined), {
    error: 'must have exactly one of by and times',
    params: { hint: 'Write by: 100/s, or times: 2.' },
  })
  .refine((file) => (file.times ?? 2) <= 1 || stairRates(file).length <= STAIRS_MAX, {
    error: `must make ${STAIRS_MAX} steps at most`,
    params: { hint: 'Take larger steps, or several phases.' },
  })
  .meta({
    description:
      'A staircase of level rates. Each step is a phase of its own in the results, named phase@rate.',
    examples: [{ from: '100/s', to: '1000/s', by: '100/s', each: '10s' }],
    oneOf: [{ required: ['by'] }, { required: ['times'] }],
  });
