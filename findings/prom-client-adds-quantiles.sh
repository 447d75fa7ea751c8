#!/usr/bin/env bash
# prom-client 15.1.3: merging workers' registries adds their quantiles up.
#
# Behaviour: `AggregatorRegistry.aggregate` sums every value of a summary, its quantiles too, unless
#   the metric names another `aggregator`. There is no warning.
# Seen: two workers, every call 0.1 s: quantile 0.99 of each 0.1, of both together 0.2.
# Why it matters: the more workers, the slower the service looks. callgauge merges histograms of all
#   workers first and exposes quantiles computed from them as gauges.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent prom-client@15.1.3
cat >run.mjs <<'JS'
import client from 'prom-client';

async function workerMetrics() {
  const registry = new client.Registry();
  const summary = new client.Summary({
    name: 'call_seconds',
    help: 'time of a call',
    percentiles: [0.5, 0.99],
    registers: [registry],
  });
  for (let call = 0; call < 1000; call++) summary.observe(0.1);
  return registry.getMetricsAsJSON();
}

async function p99Of(workers) {
  const text = await client.AggregatorRegistry.aggregate(workers).metrics();
  return Number(/quantile="0.99"\} (\S+)/u.exec(text)?.[1]);
}

const workers = [await workerMetrics(), await workerMetrics()];
const one = await p99Of(workers.slice(0, 1));
const two = await p99Of(workers);
console.log(`p99 of one worker ${one} s, of two alike ${two} s`);
const isSo = Math.abs(one - 0.1) < 1e-6 && Math.abs(two - 0.2) < 1e-6;
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
