import { headerNameProblems } from '../http/edit-headers.ts';
import { toxicKind } from '../toxic-kind.ts';

export const httpAbort = toxicKind({
  type: 'http_abort',
  description: 'Answers a request itself; the upstream never sees it.',
  works: 'request',
  settings: {
    status: {
      kind: 'count',
      name: 'status',
      min: 200,
      max: 599,
      default: 503,
      description: 'The status of the answer.',
      example: 503,
    },
    body: {
      kind: 'string',
      name: 'body',
      default: '',
      description: 'The body of the answer.',
      example: '{"error":"try again later"}',
    },
    contentType: {
      kind: 'string',
      name: 'contentType',
      default: 'text/plain; charset=utf-8',
      description: 'What the body is; not sent without a body.',
      example: 'application/json',
    },
    headers: {
      kind: 'stringMap',
      name: 'headers',
      description: 'Further headers of the answer.',
      example: { 'retry-after': '1' },
    },
  },
  check: ({ headers }) => headerNameProblems('headers', Object.keys(headers)),
  plan: ({ status, body, contentType, headers }) => {
    const bodyHeaders: Record<string, string> =
      body === '' || contentType === '' ? {} : { 'content-type': contentType };
    return { abort: { kind: 'answer', status, headers: { ...bodyHeaders, ...headers }, body } };
  },
});
