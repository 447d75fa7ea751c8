#!/usr/bin/env bash
# @opentelemetry/exporter-trace-otlp-http 0.223.0: Retry-After decides whether spans are lost.
#
# Behaviour: a 503 with `Retry-After: 0` is answered by six tries at once, then the batch is dropped.
#   With 10 or more, the exporter's whole time limit, it is dropped without a second try. With 2 it
#   tries on for 8 s, without the header too.
# Seen: 0: 6 tries in about 20 ms; 10: one try; 2: 5 tries in 8 s. Each ends with a failed export.
# Why it matters: an OTLP receiver under backpressure that asks for a long pause, or for none, loses
#   what a pause of 2 s would have kept. callgauge's receiver asks for two seconds.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent \
  @opentelemetry/exporter-trace-otlp-http@0.223.0 @opentelemetry/sdk-trace-node@2.12.0
cat >run.mjs <<'JS'
import http from 'node:http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const memory = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
provider.getTracer('demo').startSpan('call').end();
const spans = memory.getFinishedSpans();

async function triesWith(retryAfter) {
  const triedMs = [];
  const beganMs = performance.now();
  const server = http.createServer((request, response) => {
    triedMs.push(Math.round(performance.now() - beganMs));
    request.resume().on('end', () => response.writeHead(503, { 'retry-after': retryAfter }).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url });
  const result = await new Promise((resolve) => exporter.export(spans, resolve));
  await exporter.shutdown();
  server.close();
  const how = result.code === 0 ? 'exported' : 'dropped';
  console.log(`Retry-After ${retryAfter}: tries at ${triedMs.join(', ')} ms, ${how}`);
  return { tries: triedMs.length, lastMs: triedMs.at(-1) };
}

const none = await triesWith('0');
const short = await triesWith('2');
const long = await triesWith('10');
const isSo =
  none.tries === 6 && none.lastMs < 1000 && long.tries === 1 && short.tries >= 4 && short.lastMs > 5000;
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
