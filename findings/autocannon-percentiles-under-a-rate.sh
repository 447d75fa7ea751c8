#!/usr/bin/env bash
# autocannon 9.0.0: with `overallRate`, percentiles are of latencies that no request had.
#
# Behaviour: a rate turns on a correction for requests that were never sent, whose expected interval
#   is 1 ms at any rate. Each answer of 50 ms is entered as 50, 49, 48, ... 1 ms: some fifty entries.
# Seen: a server that answers after 50 ms, 10 requests/s on one connection, 5 s: 50 answers, 2,532
#   latencies, p50 26 ms, average 25.8 ms. The `response` events of the same run: median 50.9 ms.
# Why it matters: `saturate` sends through autocannon. It takes each call's time from the `response`
#   event into histograms of its own, and uses neither autocannon's percentiles nor its rate.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent autocannon@9.0.0
cat >run.mjs <<'JS'
import http from 'node:http';
import autocannon from 'autocannon';

const server = http.createServer((_request, response) => setTimeout(() => response.end('ok'), 50));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const ownMs = [];
const result = await new Promise((resolve, reject) => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const options = { url, connections: 1, overallRate: 10, duration: 5 };
  const run = autocannon(options, (error, done) => (error ? reject(error) : resolve(done)));
  run.on('response', (_client, _status, _bytes, tookMs) => ownMs.push(tookMs));
});
server.close();
ownMs.sort((a, b) => a - b);
const medianMs = ownMs[Math.floor(ownMs.length / 2)];
const { latency, requests } = result;
console.log(`answers ${requests.total}, latencies ${latency.totalCount}`);
console.log(`p50 ${latency.p50} ms, median of the response events ${medianMs.toFixed(1)} ms`);
const isSo = latency.totalCount > 20 * requests.total && latency.p50 < 40 && medianMs >= 49;
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
