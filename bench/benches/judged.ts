import { analyzeRun } from '../../src/analyze/index.ts';
import { NS_PER_SEC, rngFrom, type Ns, type RunPhase } from '../../src/core/index.ts';
import { judgeSoFar } from '../../src/gate/index.ts';
// Not by the room's index, which is for recorders: buckets as they have them.
import { LogLinearHistogram } from '../../src/record/log-linear-histogram.ts';
import { type RecordSlice, takenFrom } from '../../src/record/index.ts';
import { NumbersSoFar } from '../../src/run/numbers-so-far.ts';
import { looksOf } from '../../src/run/threshold-judge.ts';
import type { ThresholdSpec } from '../../src/scenario/index.ts';
import type { BenchOptions } from '../options.ts';
import { exponential, LOGNORMAL, PARETO, quantileOf, queueLaw } from '../statistics/latency-law.ts';
import type { LatencyLaw } from '../statistics/latency-law.ts';
import { renderTable } from '../table.ts';

const SECONDS = 60;
const RATE_PER_SEC = 200;
const PERCENT = 95;
const PHASE: RunPhase = {
  ...{ name: 'load', fromNs: 0, model: 'open', measured: true },
  toNs: SECONDS * NS_PER_SEC,
};
const LAWS: readonly LatencyLaw[] = [
  LOGNORMAL,
  PARETO,
  queueLaw(RATE_PER_SEC, 0.5),
  queueLaw(RATE_PER_SEC, 0.8),
];
/** The true percentile over the limit: healthy by a little, at the limit, past it. */
const TRUTHS = [0.98, 1, 1.25] as const;

/**
 * Prints how often a run is aborted for a percentile that is looked at every second, by the true
 * percentile: with an interval of 95% at every look, and with the error shared among the looks.
 */
export async function benchJudged(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const runs = options.rounds ?? (options.quick ? 10 : 1_000);
  say(`${runs} runs of each kind, ${SECONDS} s at ${RATE_PER_SEC}/s, p(${PERCENT}) < limit,`);
  say('looked at after every second\n');
  const rows: string[][] = [];
  for (const law of LAWS) {
    for (const truth of TRUTHS) rows.push(await rowOf(law, truth, runs, options.seed ?? 1));
  }
  say(renderTable(HEAD, rows));
}

const HEAD = ['times', 'p95 / limit', 'aborts at 95%', 'aborts, shared', 'after (median)'];

async function rowOf(
  law: LatencyLaw,
  truth: number,
  runs: number,
  seed: number,
): Promise<string[]> {
  const limit = quantileOf(law, 1 - PERCENT / 100) / truth;
  let plain = 0;
  const ended: number[] = [];
  for (let run = 0; run < runs; run++) {
    const seen = await endOf(law, limit, seed * 1_000_000 + run);
    if (seen.plain) plain++;
    if (seen.sharedAt !== undefined) ended.push(seen.sharedAt);
  }
  const share = (count: number): string => `${((count / runs) * 100).toFixed(1)}%`;
  const median = ended.toSorted((a, b) => a - b)[Math.floor(ended.length / 2)];
  return [
    law.name,
    String(truth),
    share(plain),
    share(ended.length),
    median === undefined ? '' : `${median} s`,
  ];
}

async function endOf(law: LatencyLaw, limit: Ns, seed: number) {
  const threshold: ThresholdSpec = {
    ...{ text: '', step: 'call', metric: 'response', phase: '', operator: '<', limit },
    aggregate: { kind: 'percentile', percent: PERCENT },
  };
  const numbers = new NumbersSoFar([PHASE]);
  const arrivals = () => ({ soFar: 1, foreseen: 1 });
  let plain = false;
  for (const slice of slicesOf(law, seed)) {
    numbers.add(slice);
    const analysis = await analyzeRun(numbers.source(), '');
    const fails = (looks: number): boolean =>
      judgeSoFar([threshold], analysis, { looks, arrivals })?.[0]?.fails === true;
    plain ||= fails(1);
    if (fails(looksOf(SECONDS))) return { plain, sharedAt: slice.second + 1 };
  }
  return { plain, sharedAt: undefined };
}

function* slicesOf(law: LatencyLaw, seed: number): Generator<RecordSlice> {
  const rng = rngFrom(seed, law.name);
  const next = law.begin(rng);
  const histogram = new LogLinearHistogram();
  let gapNs = exponential(rng, RATE_PER_SEC);
  let atNs = gapNs;
  for (let second = 0; second < SECONDS; second++) {
    for (; atNs < (second + 1) * NS_PER_SEC; atNs += gapNs) {
      histogram.record(Math.round(next(gapNs)));
      gapNs = exponential(rng, RATE_PER_SEC);
    }
    const taken = histogram.count === 0 ? [] : [takenFrom(histogram)];
    const key = { second, phase: PHASE.name, step: 'call', target: 'server' } as const;
    yield {
      second,
      histograms: taken.map((sparse) => ({ ...key, outcome: 'ok', clock: 'response', ...sparse })),
      ...{ counters: [], errors: [], connectErrors: [], kept: [], held: [] },
    };
  }
}
