import * as z from 'zod';
import { patternProblem } from '../../pattern/index.ts';
import { byteCount, duration, flag, text, type Help } from './quantities.ts';
import { PROTOCOL_KINDS } from '../protocols/index.ts';
import { HEADER_NAME, jsonNumber, jsonTexts, ONE_STATUS_WANTED } from './call-texts.ts';

/**
 * The part of the file that says what an answer must be, and what is kept of it: `check`,
 * `capture`.
 */

const STATUS_WANTED =
  'must be a status such as 201, a class such as 2xx, or a list of them such as [200, 404]; of gRPC a name such as NOT_FOUND';

const MATCH_WANTED = 'must be a text, or a map of equals, contains, matches and like';
const VALUE_WANTED = 'must be a value, or a map of equals, exists, contains, matches, min and max';
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/u;

const one = { error: ONE_STATUS_WANTED };
const statuses = PROTOCOL_KINDS.flatMap((kind) => kind.statuses.schemas);
/** The statuses that count as ok. */
const status = z
  .union([...statuses, z.array(z.union(statuses, one)).min(1)], { error: STATUS_WANTED })
  .meta({
    description: 'The statuses that count as ok. Without it: 200 to 399; of a gRPC step OK.',
    examples: [201, '2xx', [200, 404], ['OK', 'NOT_FOUND']],
  });

const pattern = (help: Help) =>
  text('must be a regular expression', help).superRefine((value, context) => {
    const problem = patternProblem(value);
    if (problem === undefined) return;
    const { message, hint, character } = problem;
    context.addIssue({ code: 'custom', message, params: { hint, character } });
  });

const contains = text('must be a text', {
  description: 'A text that must be in it.',
  examples: ['created'],
}).optional();
const matches = pattern({
  description: 'A regular expression that must match somewhere in it.',
  examples: ['^[0-9a-f]{8}'],
}).optional();

const WITHIN_MAX = 16 * 1_024 * 1_024;
const within = byteCount({
  description:
    'How much of the text the regular expression sees, from its beginning: 1KiB to 16MiB. The default is 64KiB.',
  examples: ['1MiB'],
})
  .refine((characters) => characters >= 1_024 && characters <= WITHIN_MAX, {
    error: 'must be 1KiB to 16MiB',
  })
  .optional();

const textMatch = z
  .strictObject({
    equals: z
      .string({ error: 'must be a text' })
      .meta({ description: 'The whole text.', examples: ['created'] })
      .optional(),
    contains,
    matches,
    within,
    like: text('must be a text', {
      description: 'The whole text, `*` standing for anything; upper and lower case alike.',
      examples: ['application/json*'],
    }).optional(),
  })
  .refine((match) => isNotEmpty({ ...match, within: undefined }), {
    error: 'must say what is wanted',
  })
  .refine(({ within: bound, matches: regex }) => bound === undefined || regex !== undefined, {
    error: 'must have matches where it has within',
  });

const valueMatch = z
  .strictObject({
    equals: z.unknown().superRefine(jsonTexts).optional(),
    exists: flag({ description: 'Whether it must be there.', examples: [true] }).optional(),
    contains,
    matches,
    min: jsonNumber('must be a number').optional(),
    max: jsonNumber('must be a number').optional(),
  })
  .refine(isNotEmpty, { error: 'must say what is wanted' });

const plainValue = z
  .union([z.string(), jsonNumber('must be a number'), z.boolean(), z.null(), z.array(z.unknown())])
  .superRefine(jsonTexts);

const jsonPath = z
  .string()
  .regex(/^\$/u, 'must be a JSON path that begins with $ (RFC 9535)')
  .max(1_000, 'must be 1000 characters at most');

/** What an answer must be to count as ok. */
export const check = z
  .strictObject({
    status: status.optional(),
    headers: z
      .record(
        z.string().regex(HEADER_NAME, 'must be a header name'),
        oneOf(z.string(), textMatch, MATCH_WANTED),
        { error: 'must be a map of headers' },
      )
      .optional()
      .meta({
        description:
          'Headers that the answer must have. A text is the whole value, `*` standing for anything; a map has equals, contains, matches, like.',
        examples: [{ 'content-type': 'application/json*' }],
      }),
    body: oneOf(z.string().min(1), textMatch, MATCH_WANTED)
      .optional()
      .meta({
        description:
          'What the body must be. A text must be in it; a map has equals, contains, matches, like.',
        examples: ['created', { matches: 'id="[0-9]+"' }],
      }),
    json: z
      .record(jsonPath, oneOf(plainValue, valueMatch, VALUE_WANTED), {
        error: 'must be a map of JSON paths',
      })
      .optional()
      .meta({
        description:
          'What the values at JSON paths of the body must be. A value is what it must equal, and may hold references; a map has equals, exists, contains, matches, min, max.',
        examples: [{ '$.ok': true, '$.items[0].price': { min: 0 } }],
      }),
    schema: oneOf(
      z.string().min(1),
      z.record(z.string(), z.unknown()),
      'must be a JSON Schema, or the path of a file that holds one',
    )
      .optional()
      .meta({
        description:
          "A JSON Schema (draft-07) that the body must meet, or the path of a file that holds one, relative to the scenario file's folder.",
        examples: ['order.schema.json', { type: 'object', required: ['id'] }],
      }),
    duration: duration({
      description: 'The longest service time that is accepted.',
      examples: ['300ms'],
    }).optional(),
  })
  .meta({
    description:
      'What an answer must be to count as ok. Beside the status: a call that fails here has the outcome check.',
    examples: [{ status: 201 }, { status: 200, json: { '$.ok': true } }],
  });

const captureSource = z
  .strictObject({
    json: jsonPath.optional(),
    header: z
      .string({ error: 'must be the name of a header' })
      .regex(HEADER_NAME, 'must be the name of a header')
      .optional(),
    cookie: z
      .string({ error: 'must be the name of a cookie' })
      .regex(HEADER_NAME, 'must be the name of a cookie')
      .optional()
      .meta({ description: 'The name of a cookie that the answer sets.', examples: ['SESSION'] }),
    regex: pattern({ description: 'Searched in the body.', examples: ['id="(.+?)"'] }).optional(),
    within,
    default: z.unknown().optional(),
  })
  .refine(
    ({ json, header, cookie, regex }) =>
      [json, header, cookie, regex].filter((given) => given !== undefined).length === 1,
    { error: 'must have exactly one of json, header, cookie and regex' },
  )
  .refine(({ within: bound, regex }) => bound === undefined || regex !== undefined, {
    error: 'must have regex where it has within',
  });

/** What is kept of an answer for later steps, by name. */
export const capture = z
  .record(
    z.string().regex(NAME, 'must be a name'),
    oneOf(
      jsonPath,
      captureSource,
      'must be a JSON path such as $.id, or a map of json, header, cookie or regex',
    ),
    { error: 'must be a map of names' },
  )
  .meta({
    description:
      'What is kept of the answer, for later steps as ${NAME}. A text is a JSON path; a map has one of json, header, cookie and regex (its first group), and may have a default. What is not found fails the call, with the outcome check.',
    examples: [{ token: '$.token', place: { header: 'location' }, session: { cookie: 'SID' } }],
  });

/** What `check` can hold. */
export type CheckFile = z.output<typeof check>;
/** What `check.status` can be. */
/** What `capture` can hold. */
export type CaptureFile = z.output<typeof capture>;

/**
 * Returns the schema of a short form and a map. A map whose keys and types are right gets its own
 * errors, any other value `wanted`.
 */
function oneOf<A extends z.ZodType, B extends z.ZodType>(short: A, long: B, wanted: string) {
  return z.union([short, long], {
    error: wanted,
  });
}

function isNotEmpty(match: object): boolean {
  return Object.values(match).some((condition) => condition !== undefined);
}
