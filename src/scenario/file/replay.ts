import * as z from 'zod';
import { flag, text, word } from './quantities.ts';

/** How a recorded list of arrivals is written down. */
export const REPLAY_FORMATS = ['auto', 'access', 'json', 'csv', 'plain'] as const;

/** Where the arrivals of a phase were recorded. */
export const replay = z
  .strictObject({
    file: text('must be the path of a file', {
      description:
        "The recorded list, relative to the scenario file's folder. Exactly one of file and run.",
      examples: ['access.log'],
    }).optional(),
    run: z
      .string({ error: 'must be a run id in quotes, or latest' })
      .regex(/^(?:latest|[0-9a-f]{16})$/u, 'must be a run id of 16 hex digits, or latest')
      .optional()
      .meta({
        description: 'A stored run whose open phases are repeated, one after another.',
        examples: ['latest', '65f1c0de0a1b2c3d'],
      }),
    format: word(REPLAY_FORMATS, {
      description:
        'With file: access (the common and combined log of nginx and Apache), json (a JSON object per line), csv (with a head line), plain (a time per line); auto looks at the first line.',
      examples: ['access'],
    }).optional(),
    timeField: text('must be the name of a field', {
      description: 'With json and csv: the field that holds the time of the arrival.',
      examples: ['time'],
    }).optional(),
    speed: z
      .number({ error: 'must be a number > 0' })
      .gt(0, { error: 'must be a number > 0' })
      .max(1_000_000, { error: 'must be 1000000 at most' })
      .default(1)
      .meta({
        description: 'How many times as fast as they came the arrivals are repeated.',
        examples: [2],
      }),
    skipBadLines: flag({
      description:
        'With file: true counts lines without a time, or without a request where the flow sends it, and goes on; else one is an error.',
      examples: [true],
    }).optional(),
  })
  .refine((file) => (file.file === undefined) !== (file.run === undefined), {
    error: 'must have exactly one of file and run',
    params: { hint: 'Write file: access.log, or run: latest.' },
  })
  .refine(
    ({ run, format, timeField, skipBadLines }) =>
      run === undefined || (format ?? timeField ?? skipBadLines) === undefined,
    {
      error: 'must have file where it has format, timeField or skipBadLines',
      params: { hint: 'Remove them: a stored run has no lines.' },
    },
  )
  .refine(
    ({ format, timeField }) =>
      timeField === undefined || (format !== 'access' && format !== 'plain'),
    {
      error: 'must have timeField with format: json or csv only',
      params: {
        hint: 'Remove timeField: the lines of an access log, and plain times, have no fields.',
      },
    },
  )
  .meta({
    description: 'Arrivals that come when those of a recorded list came.',
    examples: [{ file: 'access.log', speed: 2 }],
    oneOf: [{ required: ['file'] }, { required: ['run'] }],
  });
