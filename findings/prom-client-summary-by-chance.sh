#!/usr/bin/env bash
# prom-client 15.1.3: the same observations, another quantile 0.999 of the summary each time.
#
# Behaviour: a summary keeps a t-digest (tdigest 0.1.3) that is compressed by joining its centroids in an
#   order drawn by chance, and a quantile between two of them is interpolated, also where nothing lies
#   between: from the slowest of the fast calls to the fastest of the slow ones.
# Seen: 20 new summaries, each of the same list of 100,000 calls of 10 to 12 ms, few of which, evenly among
#   them, take 1,000 to 1,100 ms. 80 slow, exact 12 ms: from 12 to 806 ms. 120 slow, exact 1,016 ms:
#   from 366 to 1,046 ms. No call took between 12 and 1,000 ms.
# Why it matters: a tail that jumps, as those of retries, timeouts and pauses do, looks like a slope that
#   moves from process to process, and a threshold on p99.9 fails, or passes, by chance. callgauge computes
#   quantiles from its own histograms, by rank, and exposes them as gauges.
# Exit code: 0 while it is so, 1 once it has changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent prom-client@15.1.3 tdigest@0.1.3
cat >run.mjs <<'JS'
import client from 'prom-client';

const CALLS = 100_000;
const TIMES = 20;
let seed = 1;
const random = () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return seed / 2 ** 32;
};

function timesWith(slow) {
  const tookMs = [];
  for (let call = 0; call < CALLS; call++) {
    const isSlow = call % (CALLS / slow) < 1;
    tookMs.push(isSlow ? 1_000 + 100 * random() : 10 + 2 * random());
  }
  return tookMs;
}

async function summaryOf(tookMs) {
  const summary = new client.Summary({
    name: 'call_seconds',
    help: 'time of a call',
    percentiles: [0.999],
    registers: [new client.Registry()],
  });
  for (const ms of tookMs) summary.observe(ms / 1_000);
  const { values } = await summary.get();
  return 1_000 * values.find(({ labels }) => labels.quantile === 0.999).value;
}

/** Whether the quantile differs by 100 ms and more, and lies where no call does. */
async function isByChance(slow) {
  const tookMs = timesWith(slow);
  const seenMs = [];
  for (let time = 0; time < TIMES; time++) seenMs.push(await summaryOf(tookMs));
  const exactMs = tookMs.toSorted((a, b) => a - b)[Math.ceil(CALLS * 0.999) - 1];
  const [leastMs, mostMs] = [Math.min(...seenMs), Math.max(...seenMs)];
  const between = seenMs.filter((ms) => ms > 50 && ms < 950).length;
  console.log(
    `${slow} slow: exact ${exactMs.toFixed(0)} ms, summaries ${leastMs.toFixed(0)} to ${mostMs.toFixed(0)} ms,` +
      ` ${between} of ${TIMES} between 50 and 950 ms`,
  );
  return mostMs - leastMs > 100 && between > 0;
}

// Of the second nearly all lie between: that none of 20 does is out of the question.
await isByChance(80);
const isSo = await isByChance(120);
console.log(isSo ? 'as described' : 'CHANGED');
process.exitCode = isSo ? 0 : 1;
JS
node run.mjs
