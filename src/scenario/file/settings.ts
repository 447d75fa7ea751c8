import * as z from 'zod';
import { propagate } from './propagate.ts';
import { duration, enumOf, percent, wholeNumber } from './quantities.ts';

/** The parts of the file that say how to run and keep: `trace`, `engine`. */

const keep = z
  .strictObject({
    head: percent({
      description: 'The share of all calls, chosen by the seed, whose span is stored in any case.',
      examples: ['1%', '100%'],
    }).prefault('1%'),
    errors: enumOf(['all', 'none'], {
      description: 'Whether the spans of failed calls are stored.',
      examples: ['all'],
    }).default('all'),
    slow: percent({
      description: 'The slowest share of the calls so far whose spans are stored.',
      examples: ['1%'],
    }).prefault('1%'),
  })
  .meta({
    description: "Which calls' own spans are stored. Every call is in the histograms all the same.",
    examples: [{ head: '1%', errors: 'all', slow: '1%' }],
  });

/** Trace context and sampling. */
export const trace = z
  .strictObject({
    propagate: propagate({
      description:
        'The formats in which the trace context is sent with every call, to targets that do not say.',
      examples: [['w3c'], ['w3c', 'b3']],
    }).default(['w3c']),
    keep: keep.prefault({}),
  })
  .meta({
    description: 'How calls are traced.',
    examples: [{ propagate: ['w3c'], keep: { head: '1%' } }],
  });

/** Pacing and bounds of the engine. */
export const engine = z
  .strictObject({
    pacing: enumOf(['auto', 'precise', 'balanced', 'thrifty'], {
      description:
        'How exactly arrivals leave on time: precise takes a whole core, balanced a tenth at 1000/s, thrifty is up to 1 ms late; auto is precise on four cores or more, else balanced.',
      examples: ['auto'],
    }).default('auto'),
    workers: z
      .union(
        [
          wholeNumber({ min: 1, max: 64 }, { description: 'So many threads.', examples: [2] }),
          z.literal('auto'),
        ],
        { error: 'must be a whole number from 1 to 64, or auto' },
      )
      .default('auto')
      .meta({
        description:
          'Threads that send, each an exact share of the load. auto: one for every 30000/s of the highest rate, at most one for every two cores.',
        examples: ['auto', 2],
      }),
    maxInFlight: wholeNumber(
      { min: 1, max: 1_000_000 },
      {
        description:
          'Most calls that may wait or be on the wire at once; an arrival past it is dropped, and counted.',
        examples: [10_000],
      },
    ).default(10_000),
    gracefulStop: duration(
      {
        description: 'How long calls may finish after the last arrival before they are cancelled.',
        examples: ['30s'],
      },
      { orZero: true },
    ).prefault('30s'),
  })
  .meta({ description: 'Pacing and bounds of the engine.', examples: [{ maxInFlight: 10_000 }] });
