import * as z from 'zod';
import { hasReference } from '../references.ts';
import { duration, name, nameKey, referenceText, text } from './quantities.ts';

/** The part of the file that says what one arrival does: `flows`. */

const METHOD = /^[A-Z]{1,20}$/u;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u;
/** The driver frames its messages and writes the trace context itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'traceparent',
  'transfer-encoding',
]);
const STATUS_WANTED =
  'must be a status such as 201, a class such as 2xx, or a list of them such as [200, 404]';

const headerName = z
  .string()
  .regex(HEADER_NAME, 'must be a header name')
  .refine((header) => !OWN_HEADERS.has(header.toLowerCase()), {
    error: 'must not be set here: callgauge sends this header itself',
  });

const headers = z
  .record(
    headerName,
    referenceText('must be a text', {
      description: 'The value of the header. May hold references.',
      examples: ['Bearer ${env.TOKEN}'],
    }).regex(/^[^\p{Cc}]*$/u, { error: 'must be one line without control characters' }),
    { error: 'must be a map of headers' },
  )
  .refine(
    (map) => new Set(Object.keys(map).map((h) => h.toLowerCase())).size === Object.keys(map).length,
    {
      error: 'must name each header once; upper and lower case are the same',
    },
  )
  .meta({
    description:
      'Headers sent with every call. Connection, Content-Length, Transfer-Encoding and traceparent are set by callgauge.',
    examples: [{ authorization: 'Bearer ${env.TOKEN}' }],
  });

const http = z
  .strictObject({
    method: text('must be an HTTP method in upper case', {
      description: 'The HTTP method.',
      examples: ['GET', 'POST', 'PUT', 'DELETE'],
    })
      .refine((method) => METHOD.test(method) && method !== 'CONNECT', {
        error: 'must be an HTTP method in upper case, such as GET or POST',
      })
      .optional()
      .meta({ default: 'GET' }),
    path: referenceText('must be a path that begins with /', {
      description: 'Path and query, percent-encoded. May hold references.',
      examples: ['/api/orders', '/search?q=a'],
    }).regex(/^\/[^\s#\p{Cc}]*$/u, {
      error: 'must begin with / and hold no space and no #',
    }),
    headers: headers.default({}),
    body: text('must be a text', {
      description: 'The body, sent as it stands, as UTF-8. At most one of body and json.',
      examples: ['<order/>'],
    })
      .refine((body) => !hasReference(body), {
        error: 'must not hold ${: a body has no references',
      })
      .optional(),
    json: z
      .unknown()
      .refine(isJson, { error: 'must be JSON, without ${ in its texts and without .nan and .inf' })
      .optional()
      .meta({
        description:
          'The body as a value, sent as JSON with content-type application/json. At most one of body and json.',
        examples: [{ sku: 'A-1', quantity: 1 }],
      }),
  })
  .refine((file) => file.body === undefined || file.json === undefined, {
    error: 'must have one of body and json, not both',
  })
  .refine((file) => file.method !== undefined || (file.body ?? file.json) === undefined, {
    error: 'must name its method where it has a body',
    params: { hint: 'Add method: POST.' },
  })
  .meta({
    description: 'The HTTP request of the step.',
    examples: [{ method: 'POST', path: '/api/orders', json: { sku: 'A-1' } }],
  });

const one = { error: 'must be a status from 100 to 599 or a class such as 2xx' };
const statusCode = z.int(one).min(100, one).max(599, one);
const statusClass = z.string(one).regex(/^[1-5]xx$/u, one);
const statusOrClass = z.union([statusCode, statusClass], one);
const status = z
  .union([statusCode, statusClass, z.array(statusOrClass).min(1)], {
    error: STATUS_WANTED,
  })
  .meta({
    description: 'The statuses that count as ok. Without it: 200 to 399.',
    examples: [201, '2xx', [200, 404]],
  });

const step = z
  .strictObject({
    step: name({
      description: "The step's name in results and thresholds; unique in the file.",
      examples: ['create-order'],
    }),
    target: text('must be the name of a target', {
      description: 'Which of the targets is called.',
      examples: ['orders'],
    }),
    timeout: duration({
      description: 'The bound of one call from the moment it is sent; past it, it is a timeout.',
      examples: ['10s', '500ms'],
    }).prefault('10s'),
    http,
    check: z
      .strictObject({ status: status.optional() })
      .meta({
        description: 'What an answer must be to count as ok.',
        examples: [{ status: 201 }],
      })
      .optional(),
  })
  .meta({
    description: 'One call.',
    examples: [{ step: 'home', target: 'site', http: { path: '/' } }],
  });

/** What an arrival does, by name; at least one flow. */
export const flows = z
  .record(
    nameKey,
    z
      .array(step, { error: 'must be a list of steps' })
      .min(1, { error: 'must have at least one step' })
      .meta({
        description: 'The steps of one arrival, in their order; one that fails ends the flow.',
        examples: [[{ step: 'home', target: 'site', http: { path: '/' } }]],
      }),
  )
  .refine((map) => Object.keys(map).length > 0, { error: 'must hold at least one flow' })
  .meta({
    description: 'What one arrival does, by name: a list of steps.',
    examples: [{ browse: [{ step: 'home', target: 'site', http: { path: '/' } }] }],
  });

/** A step as the file holds it. */
export type StepFile = z.output<typeof step>;
/** What `check.status` can be. */
export type StatusFile = z.output<typeof status>;

function isJson(value: unknown): boolean {
  if (typeof value === 'string') return !hasReference(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isJson(key) && isJson(inner));
}
