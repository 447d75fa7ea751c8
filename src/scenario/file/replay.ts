import * as z from 'zod';
import { enumOf, flag, text } from './quantities.ts';

/** How a recorded list of arrivals is written down. */
export const REPLAY_FORMATS = ['auto', 'access', 'json', 'csv', 'w3c', 'plain'] as const;

/** What only a file has. */
const OF_FILE = [
  'format',
  'timeField',
  'methodField',
  'pathField',
  'durationField',
  'durationUnit',
  'timeOf',
  'skipBadLines',
] as const;
const NAMED_FIELDS = ['timeField', 'methodField', 'pathField'] as const;

function field(what: string, example: string) {
  return text('must be the name of a field', {
    description: `With json, csv and w3c: the field ${what}; a.b lies inside a map.`,
    examples: [example],
  }).optional();
}

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
    format: enumOf(REPLAY_FORMATS, {
      description:
        'With file: access (nginx, Apache, HAProxy, Envoy, Traefik, AWS load balancers: each is known by its lines), json (objects, one per line or in a list; Caddy and Traefik), csv (with a head line), w3c (IIS, CloudFront), plain (a time per line); auto looks at the first lines. Packed files (.gz, .zst) are unpacked.',
      examples: ['access'],
    }).optional(),
    timeField: field('that holds the time of the arrival', 'start_time'),
    methodField: field('that holds the method', 'verb'),
    pathField: field('that holds the path with its query, an url, or a request line', 'target'),
    durationField: z
      .union([z.int().min(1).max(1_000), z.string().min(1)], {
        error: 'must be the name of a field, or the number of a word from 1',
      })
      .transform(String)
      .optional()
      .meta({
        description:
          'The field that says how long the request took, which is taken off a time that is of its end. Of an access log the number of the word, from 1, texts in quotes or brackets being one, or the name in name=0.012.',
        examples: ['took', 11],
      }),
    durationUnit: enumOf(['s', 'ms', 'us', 'ns'], {
      description: 'The unit of that field, where neither its value nor its name ends in one.',
      examples: ['ms'],
    }).optional(),
    timeOf: enumOf(['start', 'end'], {
      description:
        'Which moment of a request its time is, where the format does not say, or says otherwise: start when it came, end when its answer was over.',
      examples: ['start'],
    }).optional(),
    speed: z
      .number({ error: 'must be a number > 0' })
      .gt(0, { error: 'must be a number > 0', abort: true })
      .min(0.000_001, { error: 'must be 0.000001 at least' })
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
  .superRefine((file, context) => {
    const problem = (message: string, hint: string): void => {
      context.addIssue({ code: 'custom', message, params: { hint } });
    };
    const given = OF_FILE.filter((key) => file[key] !== undefined);
    if (file.run !== undefined && given.length > 0) {
      problem(
        `must have file where it has ${given.join(', ')}`,
        'Remove them: a stored run has no lines.',
      );
    }
    const [named] = NAMED_FIELDS.filter((key) => file[key] !== undefined);
    if (named !== undefined && (file.format === 'access' || file.format === 'plain')) {
      problem(
        `must have ${named} with format: json, csv or w3c only`,
        `Remove ${named}: the lines of an access log, and plain times, have no named fields.`,
      );
    }
    if (file.durationField !== undefined && file.timeOf === 'start') {
      problem(
        'must have one of durationField and timeOf: start, not both',
        'Remove one: nothing is taken off the time at which a request came.',
      );
    }
  })
  .meta({
    description: 'Arrivals that come when those of a recorded list came.',
    examples: [{ file: 'access.log', speed: 2 }],
    oneOf: [{ required: ['file'] }, { required: ['run'] }],
  });
