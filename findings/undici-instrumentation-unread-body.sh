#!/usr/bin/env bash
# @opentelemetry/instrumentation-undici 0.34.0: a fetch whose body nobody reads leaves no span.
#
# Behaviour: the span of a fetch is ended once its whole body has come. A caller that looks at the status
#   alone never gets there if the body is longer than what comes with the head: the span is neither
#   ended nor exported until the garbage collector cancels the body, if ever.
# Seen: 10 fetches each, of node 24.21.0. 503 with 10 bytes, unread: 10 spans. 503 with 1 MiB, unread: none.
#   503 with 1 MiB, read or cancelled: 10 spans each.
# Why it matters: `if (!response.ok) throw` is how callers retry. Where error pages are long, it is the
#   failed attempts that are missing from the traces, and from the durations, which the same code records:
#   retries follow upon nothing, and the share of failures looks small. Cancel such a body. callgauge's
#   own spans end with the call, whatever became of its body.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent node@24.21.0 @opentelemetry/api@1.10.0 \
  @opentelemetry/sdk-trace@3.1.1 @opentelemetry/instrumentation-undici@0.34.0
cat >run.mjs <<'JS'
import http from 'node:http';
import { trace } from '@opentelemetry/api';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

const FETCHES = 10;
const exporter = new InMemorySpanExporter();
const spanProcessors = [new SimpleSpanProcessor({ exporter })];
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
new UndiciInstrumentation().enable();

/** Answers /STATUS/BYTES/ANYTHING. */
const server = http.createServer((request, response) => {
  const [, status, bytes] = request.url.split('/').map(Number);
  response.writeHead(status).end('x'.repeat(bytes));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

// Kept: the garbage collector cancels no body.
const responses = [];

async function spansOf(what, bytes, then) {
  const url = `${origin}/503/${bytes}/${what}`;
  for (let call = 0; call < FETCHES; call++) {
    const response = await fetch(url);
    await then(response);
    responses.push(response);
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const spans = exporter.getFinishedSpans().filter(({ attributes }) => attributes['url.full'] === url);
  console.log(`503, ${bytes} bytes, ${what}: fetches ${FETCHES}, spans ${spans.length}`);
  return spans.length;
}

const long = 2 ** 20;
const seen = [
  await spansOf('unread', 10, () => undefined),
  await spansOf('unread', long, () => undefined),
  await spansOf('read', long, (response) => response.text()),
  await spansOf('cancelled', long, (response) => response.body.cancel()),
];
server.closeAllConnections();
server.close();
const isSo = seen.join(' ') === '10 0 10 10' && responses.every(({ status }) => status === 503);
console.log(isSo ? 'as described' : 'CHANGED');
process.exit(isSo ? 0 : 1);
JS
./node_modules/.bin/node run.mjs
