// A service that answers every request and exports a span of it at once, one request each, so that
// what was acknowledged is known to the span. The first argument is a folder: `called` is made there
// at the first call, and behind the receiver's 200 each id is written to `acknowledged`.
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const [called, acknowledged] = ['called', 'acknowledged'].map((name) => join(folder, name));
const endpoint = `${process.env.SPANS_TO || process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;
let calls = 0;
const attribute = (key, value) => ({ key, value: { stringValue: value } });
const resource = { attributes: [attribute('service.name', 'shop')] };
let waiting = [];
let isSending = false;

async function send() {
  if (isSending || waiting.length === 0) return;
  isSending = true;
  const spans = waiting;
  waiting = [];
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(10_000);
  const answer = await fetch(endpoint, { method: 'POST', headers, body, signal }).catch(
    () => undefined,
  );
  if (answer?.status === 200) {
    appendFileSync(acknowledged, spans.map(({ spanId }) => `${spanId}\n`).join(''));
  } else {
    // To be sent again, as exporters do.
    waiting = [...spans, ...waiting].slice(0, 10_000);
  }
  await answer?.arrayBuffer().catch(() => undefined);
  isSending = false;
}

const timer = setInterval(() => void send(), 50);

createServer((request, response) => {
  response.end('ok');
  const [, traceId, parentSpanId] = (request.headers.traceparent ?? '').split('-');
  if (traceId === undefined) return;
  if (calls++ === 0) appendFileSync(called, '');
  const startTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const endTimeUnixNano = String(BigInt(startTimeUnixNano) + 1_000_000n);
  const spanId = randomBytes(8).toString('hex');
  waiting.push({
    traceId,
    spanId,
    parentSpanId,
    name: 'GET /',
    kind: 2,
    startTimeUnixNano,
    endTimeUnixNano,
    attributes: [],
  });
}).listen(Number(process.env.PORT), '127.0.0.1');

async function end() {
  clearInterval(timer);
  await send();
  process.exit(0);
}

process.on('SIGTERM', () => void end());
