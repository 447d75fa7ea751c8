import { request } from 'node:http';

import type { Step } from './proxy-conformance-steps.ts';

/** What was answered, with the headers that a client may look at. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly location: string;
  readonly noSniff: boolean;
  /** Whether there was an id as Toxiproxy's look. */
  readonly hasRequestId: boolean;
  readonly body: string;
}

/** Sends one request of the sequence as it is written, `..` and all. */
export function send(url: string, step: Step): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method: step.method,
        path: step.path,
        headers: {
          'user-agent': step.userAgent ?? 'conformance',
          ...(step.body === undefined ? {} : { 'content-length': Buffer.byteLength(step.body) }),
        },
      },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8').on('data', (text: string) => (body += text));
        incoming.on('end', () => {
          const { headers } = incoming;
          resolve({
            status: incoming.statusCode ?? 0,
            contentType: headers['content-type'] ?? '',
            location: headers.location ?? '',
            noSniff: headers['x-content-type-options'] === 'nosniff',
            hasRequestId: /^[0-9a-v]{20}$/u.test(String(headers['x-toxiproxy-request-id'])),
            body,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(step.body);
  });
}
