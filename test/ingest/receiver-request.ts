import { Agent, request as httpRequest } from 'node:http';
import { afterEach } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import {
  DEFAULT_LIMITS,
  startOtlpReceiver,
  type OtlpReceiver,
  type OtlpReceiverOptions,
} from '../../src/ingest/index.ts';
import { decodeBody } from '../../src/ingest/decode-body.ts';
import { spansOf } from '../../src/native/index.ts';
import { takenOf, type TraceDecoder } from '../../src/ingest/trace-decoder.ts';
import type { JsonRequest } from './otlp-messages.ts';

export const PROTOBUF = 'application/x-protobuf';
export const JSON_TYPE = 'application/json';

const receivers: OtlpReceiver[] = [];

afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

/** Decodes in this thread, what goes between threads included, without the start of another. */
function decoderHere(maxItems: number): TraceDecoder {
  return {
    decode: async (type, blocks) => {
      const { decoded, memory } = decodeBody({ id: 0, type, blocks, maxItems }, () => undefined);
      return takenOf(structuredClone(decoded, { transfer: [...memory] }));
    },
    close: () => Promise.resolve(),
  };
}

/** Starts a receiver that is closed behind the test. */
export async function start(
  options: Partial<OtlpReceiverOptions> = {},
): Promise<{ readonly receiver: OtlpReceiver; readonly stored: Span[] }> {
  const stored: Span[] = [];
  const receiver = await startOtlpReceiver({
    accept: async (block) => {
      stored.push(...spansOf(block));
    },
    decoder: decoderHere(options.maxItems ?? DEFAULT_LIMITS.maxItems),
    ...options,
  });
  receivers.push(receiver);
  return { receiver, stored };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export async function post(
  receiver: OtlpReceiver,
  body: Buffer,
  headers: Record<string, string> = { 'content-type': JSON_TYPE },
  path = '/v1/traces',
): Promise<Answer> {
  const response = await fetch(`${receiver.url}${path}`, { method: 'POST', body, headers });
  const { status } = response;
  return { status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

export function traces(...spans: readonly object[]): JsonRequest {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

export function span(number: number): object {
  const id = number.toString(16).padStart(16, '0');
  return { traceId: `691fab800000beef${id}`, spanId: id, name: `span ${number}` };
}

/** Posts over one kept connection, with any header, also those that fetch keeps for itself. */
export function rawPost(
  receiver: OtlpReceiver,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: true });
    const options = { method: 'POST', headers, agent };
    const sent = httpRequest(`${receiver.url}${path}`, options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
