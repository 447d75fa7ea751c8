import * as z from 'zod';
import { jsonNumber } from './call-texts.ts';
import { enumOf, flag, nameKey, text } from './quantities.ts';

/** The parts of the file that bring data and code into flows: `feeders` and `hooks`. */

const ROWS_MAX = 10_000;

const value = z.union([z.string(), jsonNumber('must be a number'), z.boolean(), z.null()], {
  error: 'must be a text, a number, true, false or null',
});

const feeder = z
  .strictObject({
    file: text('must be the path of a file', {
      description:
        "A .csv file whose first row names the columns, or a .jsonl or .ndjson file with one JSON object per line; relative to the scenario file's folder. Exactly one of file and rows.",
      examples: ['users.csv'],
    })
      .regex(/\.(?:csv|jsonl|ndjson)$/iu, { error: 'must end in .csv, .jsonl or .ndjson' })
      .optional(),
    rows: z
      .array(z.record(z.string().min(1), value, { error: 'must be a map of columns' }), {
        error: 'must be a list of rows',
      })
      .min(1, { error: 'must have at least one row' })
      .max(ROWS_MAX, { error: `must have ${ROWS_MAX} rows at most; put more into a file` })
      .optional()
      .meta({
        description: 'The rows themselves, each a map of columns. Exactly one of file and rows.',
        examples: [[{ id: 1, name: 'Ada' }]],
      }),
    order: enumOf(['sequential', 'shuffled', 'random'], {
      description:
        'Which row an arrival is given: sequential in file order, again from the first after the last; shuffled the same in an order drawn by the seed; random any row, drawn by the seed.',
      examples: ['sequential'],
    }).default('sequential'),
    once: flag({
      description:
        'true: a row is given once, and the load ends with the rows. Arrivals are counted over all phases.',
      examples: [true],
    }).default(false),
    per: enumOf(['arrival', 'user'], {
      description:
        'Who is given a row of its own: each arrival, or each virtual user (users), which keeps it in all its iterations.',
      examples: ['user'],
    }).default('arrival'),
  })
  .refine((file) => (file.file === undefined) !== (file.rows === undefined), {
    error: 'must have exactly one of file and rows',
  })
  .refine(({ order, once }) => order !== 'random' || !once, {
    error: 'must not have both once and order: random, which draws rows again',
    params: { hint: 'Write order: shuffled.' },
  })
  .refine(({ order, per }) => order !== 'random' || per === 'arrival', {
    error: 'must not have both per: user and order: random, which draws rows again',
    params: { hint: 'Write order: shuffled.' },
  })
  .refine(({ once, per }) => !once || per === 'arrival', {
    error: 'must not have both once and per: user',
    params: { hint: 'Remove once: each user has a row of its own, and keeps it.' },
  })
  .meta({
    description: 'A table whose row, one per arrival, fills in ${NAME.COLUMN}.',
    examples: [{ file: 'users.csv', order: 'sequential' }],
  });

/** Tables of data for flows, by name. */
export const feeders = z.record(nameKey, feeder).meta({
  description:
    'Tables of data for flows, by name: ${users.id} is the column id of the feeder users.',
  examples: [{ users: { file: 'users.csv' } }],
});

/** The module with hooks. */
export const hooks = text('must be the path of a module', {
  description:
    "A TypeScript or JavaScript module whose functions flows call with hook; relative to the scenario file's folder.",
  examples: ['checkout-hooks.ts'],
}).regex(/\.(?:ts|mts|js|mjs)$/u, { error: 'must end in .ts, .mts, .js or .mjs' });
