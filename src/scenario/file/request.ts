import * as z from 'zod';
import { readTemplate, type HoleForm } from '../template.ts';
import { text, type Help } from './quantities.ts';

/** The part of the file that says what a step sends: `http`. */

const METHOD = /^[A-Z]{1,20}$/u;
/** What a header may be called. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u;
const PATH_WANTED =
  'must begin with / and hold no space and no #, or be one ${CAPTURED}, ${FEEDER.COLUMN} or ${replay.path} alone';
/** The driver frames its messages and writes the trace context itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'traceparent',
  'transfer-encoding',
]);
/** The name of a header that a scenario may set. */
const headerName = z
  .string()
  .regex(HEADER_NAME, 'must be a header name')
  .refine((header) => !OWN_HEADERS.has(header.toLowerCase()), {
    error: 'must not be set here: callgauge sends this header itself',
  });

/** Headers of a request. */
const headers = z
  .record(
    headerName,
    callText('must be a text', 'header', {
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

/** The request of a step. */
export const http = z
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
    path: callText(PATH_WANTED, 'path', {
      description:
        'Path and query, percent-encoded. May hold references, whose values are encoded; a captured value or a column that stands alone is a path as it is, or an url of the target.',
      examples: ['/api/orders', '/users/${users.id}', '${location}'],
    })
      .refine((path) => isPath(path), { error: PATH_WANTED })
      .meta({ pattern: '^(/|\\$\\{)' }),
    headers: headers.default({}),
    body: callText('must be a text', 'text', {
      description: 'The body, sent as UTF-8. May hold references. At most one of body and json.',
      examples: ['<order id="${random.uuid}"/>'],
    }).optional(),
    json: z
      .unknown()
      .refine(isJson, { error: 'must be JSON, without .nan and .inf' })
      .superRefine(jsonTexts)
      .optional()
      .meta({
        description:
          'The body as a value, sent as JSON with content-type application/json. Its texts may hold references; one that is a reference alone keeps the type of its value. At most one of body and json.',
        examples: [{ sku: 'A-1', user: '${users.id}' }],
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

/** A text whose references are filled in for every call; not empty. */
export function callText(wanted: string, form: HoleForm, help: Help) {
  return text(wanted, help).superRefine((value, context) => {
    for (const { message, hint, character } of readTemplate(value, form).faults) {
      context.addIssue({ code: 'custom', message, params: { whole: true, hint, character } });
    }
  });
}

/** What stands in the place of a reference is encoded when it is filled in. */
function isPath(path: string): boolean {
  const { template } = readTemplate(path, 'path');
  const [first] = template;
  const isRooted = typeof first === 'string' ? first.startsWith('/') : first?.form === 'whole-path';
  return isRooted && template.every((p) => typeof p !== 'string' || /^[^\s#\p{Cc}]*$/u.test(p));
}

/** Returns whether a value can be written as JSON. */
export function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isJson);
}

type Issues = z.core.$RefinementCtx;

/** Reports the faults of references in the texts of a JSON value, each at its place. */
export function jsonTexts(
  value: unknown,
  context: Issues,
  path: readonly PropertyKey[] = [],
): void {
  if (typeof value === 'string') {
    for (const { message, hint, character } of readTemplate(value, 'json-text').faults) {
      const params = { whole: true, hint, character };
      context.addIssue({ code: 'custom', message, path: [...path], params });
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && key.includes('${')) {
        const message = `key "${key}" must hold no reference`;
        const hint = 'References stand in values.';
        context.addIssue({
          code: 'custom',
          message,
          path: [...path, key],
          params: { whole: true, hint },
        });
      }
      jsonTexts(inner, context, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  }
}
