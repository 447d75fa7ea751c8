import * as z from 'zod';
import { callText, HEADER_NAME, ONE_STATUS_WANTED } from '../file/call-texts.ts';
import { text, wholeNumber } from '../file/quantities.ts';
import { isIdempotent } from '../../resilience/index.ts';
import { requestFrom, type RequestSpec } from '../request-spec.ts';
import { readTemplate, type HoleForm, type Template } from '../template.ts';
import { bodyKeys, bodyKeysOf, httpBody } from './http-body.ts';
import { protocolKind } from './protocol-kind.ts';
import {
  isMethod,
  isPath,
  RECORDED_METHOD,
  requestLine,
  splitRequestLine,
} from './request-line.ts';

/** A call of HTTP, whichever its version. */
export interface HttpCallSpec {
  readonly protocol: 'http';
  /** `_OTHER` where the calls of the step have different ones. */
  readonly method: string;
  readonly request: RequestSpec;
  /** How many redirects of a call are followed at most; absent for none. */
  readonly redirects?: number;
}

const PATH_WANTED =
  'must begin with / and hold no space and no #, or be one ${CAPTURED}, ${FEEDER.COLUMN} or ${replay.path} alone';
/** The driver frames its messages itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
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
      'Headers sent with every call. Connection, Content-Length, Transfer-Encoding and those of the trace context are set by callgauge.',
    examples: [{ authorization: 'Bearer ${env.TOKEN}' }],
  });

const request = z
  .strictObject({
    method: text('must be an HTTP method in upper case', {
      description: 'The HTTP method, or ${replay.method} alone.',
      examples: ['GET', 'POST', 'PUT', 'DELETE'],
    })
      .refine((method) => isMethod(method), {
        error:
          'must be an HTTP method in upper case, such as GET or POST, or ${replay.method} alone',
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
    ...bodyKeys,
    redirects: wholeNumber(
      { min: 1, max: 20 },
      {
        description:
          'How many redirects (301, 302, 303, 307, 308) of a call are followed at most, to the targets that steps call. The times of the step hold all of it. Without it a redirect is the answer.',
        examples: [5],
      },
    ).optional(),
  })
  .superRefine((file, context) => {
    const [first, second] = bodyKeysOf(file);
    if (second === undefined) return;
    const message = `must have one of ${first} and ${second}, not both`;
    context.addIssue({ code: 'custom', message });
  })
  .refine((file) => file.multipart === undefined || !hasHeader(file.headers, 'content-type'), {
    error: 'must have no header content-type beside multipart: it names the boundary',
    params: { hint: 'Remove the header.' },
  })
  .refine((file) => file.method !== undefined || bodyKeysOf(file).length === 0, {
    error: 'must name its method where it has a body',
    params: { hint: 'Add method: POST.' },
  })
  .meta({
    description: 'The HTTP request of the step.',
    examples: [{ method: 'POST', path: '/api/orders', json: { sku: 'A-1' } }],
  });

function hasHeader(given: Readonly<Record<string, string>>, name: string): boolean {
  return Object.keys(given).some((header) => header.toLowerCase() === name);
}

const REQUEST_WANTED = 'must be a path, a method and a path such as GET /orders, or a map';
/** A request in any of its forms. */
const anyRequest = z.union([requestLine, request], { error: REQUEST_WANTED }).meta({
  description:
    'The HTTP request of the step: a map, or in short a path such as /orders, or a method and a path such as GET /orders.',
  examples: ['GET /orders', { method: 'POST', path: '/api/orders', json: { sku: 'A-1' } }],
  isMapOrText: true,
});

type RequestFile = z.output<typeof request>;

/** Returns the long form of a valid request. */
export function longRequest(file: string | RequestFile): RequestFile {
  return typeof file === 'string' ? { ...splitRequestLine(file), headers: {} } : file;
}

const oneStatus = { error: 'must be a status from 100 to 599 or a class such as 2xx' };

export const http = protocolKind({
  name: 'http',
  title: 'HTTP',
  schemes: ['http', 'https', 'unix'],
  versions: {
    http1: { isMultiplexed: false, description: '' },
    http2: {
      isMultiplexed: true,
      description:
        'http2 sends many calls at once over each connection: to an https:// url it is asked for in the handshake, to an http:// url it is spoken from the first byte.',
    },
  },
  step: anyRequest,
  parts: { path: ['path'], headers: ['headers'], body: Object.keys(bodyKeys) },
  call: (written, boundary): HttpCallSpec => {
    const file = longRequest(written);
    const given = Object.entries(file.headers);
    const { contentType, ...body } = httpBody(file, boundary);
    if (contentType !== undefined && !hasHeader(file.headers, 'content-type')) {
      given.push(['content-type', contentType]);
    }
    const isRecorded = file.method === RECORDED_METHOD;
    const of = (value: string, form: HoleForm): Template => readTemplate(value, form).template;
    return {
      protocol: 'http',
      method: isRecorded ? '_OTHER' : (file.method ?? 'GET'),
      ...(file.redirects !== undefined && { redirects: file.redirects }),
      request: requestFrom({
        ...(isRecorded && { method: of(RECORDED_METHOD, 'text') }),
        path: of(file.path, 'path'),
        headers: given.map(([name, value]) => [name, of(value, 'header')] as const),
        ...body,
      }),
    };
  },
  statuses: {
    schemas: [
      z.int(oneStatus).min(100, oneStatus).max(599, oneStatus),
      z.string(oneStatus).regex(/^[1-5]xx$/u, ONE_STATUS_WANTED),
    ],
    wanted: 'must be statuses of HTTP such as 201 or 2xx',
    ok: [{ from: 200, to: 399 }],
    rangeOf: (written) => {
      if (typeof written === 'number') return { from: written, to: written };
      const from = Number(written[0]) * 100;
      return { from, to: from + 99 };
    },
  },
  policy: {
    retryStatuses: [502, 503, 504],
    methodOf: (written) => longRequest(written).method ?? 'GET',
    isIdempotent: (written) => isIdempotent(longRequest(written).method ?? 'GET'),
    answersJson: false,
    hasPaths: true,
  },
  spans: {
    statusAttribute: 'http.response.status_code',
    attributes: ({ method }, url) => ({ 'http.request.method': method, 'url.full': url }),
  },
});
