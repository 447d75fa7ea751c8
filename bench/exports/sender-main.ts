/**
 * Sends OTLP requests as fast as they are acknowledged: `node sender-main.ts '{"url": ...}'`, see
 * {@link SenderSpec}. What is refused for now is sent again, as exporters do.
 */
import { Agent, request } from 'node:http';
import { randomBytes } from 'node:crypto';
import { pauseSec } from '../child-process.ts';
import { sortedQuantile } from '../statistics/sample-quantile.ts';
import { readBodies } from './body-file.ts';
import { renameTraces, type ExportBody } from './export-bodies.ts';
import type { SenderSpec, Sent } from './send-exports.ts';

const RETRYABLE = new Set([429, 502, 503, 504]);
const RETRY_AFTER_SEC = 1;

const spec = JSON.parse(process.argv[2] ?? '') as SenderSpec;
const agent = new Agent({ keepAlive: true, maxSockets: spec.connections });
const bodies = readBodies(spec.file);
const answersMs: number[] = [];
const sent = { requests: 0, spans: 0, refusals: 0, toEpochMs: 0 };
const startMs = performance.now();
const endMs = spec.seconds === undefined ? undefined : startMs + spec.seconds * 1_000;
let next = 0;
let mask = Buffer.alloc(16);

await Promise.all(Array.from({ length: spec.connections }, sendInTurns));
agent.destroy();
answersMs.sort((a, b) => a - b);
const result: Sent = {
  ...sent,
  fromEpochMs: performance.timeOrigin + startMs,
  answerP50Ms: sortedQuantile(answersMs, 0.5),
  answerP99Ms: sortedQuantile(answersMs, 0.99),
};
process.stdout.write(JSON.stringify(result));

async function sendInTurns(): Promise<void> {
  for (let body = nextBody(); body !== undefined; body = nextBody()) {
    while (!(await isAcknowledged(body.bytes))) await pauseSec(RETRY_AFTER_SEC);
    sent.spans += body.traceIdOffsets.length;
    sent.toEpochMs = performance.timeOrigin + performance.now();
  }
}

function nextBody(): ExportBody | undefined {
  const body = bodies[next % bodies.length];
  const isOver = endMs === undefined ? next >= bodies.length : performance.now() >= endMs;
  if (isOver || body === undefined) return undefined;
  if (next > 0 && next % bodies.length === 0) mask = randomBytes(16);
  next++;
  if (endMs === undefined) return body;
  // A body that is still on its way from the round before keeps its ids.
  const copy = { ...body, bytes: Buffer.from(body.bytes) };
  renameTraces(copy, mask);
  return copy;
}

async function isAcknowledged(body: Buffer): Promise<boolean> {
  const fromMs = performance.now();
  const { status, answer } = await post(body);
  sent.requests++;
  if (RETRYABLE.has(status)) {
    sent.refusals++;
    return false;
  }
  if (status !== 200) throw new Error(`the receiver answered ${status}: ${answer.toString()}`);
  // An empty message is a success without reservation, and so is one with an empty partial_success.
  if (answer.length > 2) throw new Error(`not all was taken: ${answer.toString()}`);
  answersMs.push(performance.now() - fromMs);
  return true;
}

function post(body: Buffer): Promise<{ readonly status: number; readonly answer: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-length': body.length,
      'user-agent': 'callgauge-bench',
    };
    const call = request(spec.url, { agent, method: 'POST', headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, answer: Buffer.concat(parts) }),
      );
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
