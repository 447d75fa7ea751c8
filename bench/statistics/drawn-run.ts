import { analyzeRun, MemoryNumbers, type RunAnalysis } from '../../src/analyze/index.ts';
import {
  NS_PER_SEC,
  rngFrom,
  type HistogramSlice,
  type Ns,
  type Outcome,
  type RatePerSec,
  type RunRecord,
} from '../../src/core/index.ts';
// Not by the room's index, which is for recorders: buckets as they have them.
import { LogLinearHistogram, takenFrom } from '../../src/record/index.ts';
import { MemorySpans } from '../../src/spans/index.ts';
import { exponential, type LatencyLaw } from './latency-law.ts';

/** One run of calls whose service times are drawn. */
export interface DrawnRun {
  readonly law: LatencyLaw;
  readonly ratePerSec: RatePerSec;
  readonly seconds: number;
  readonly seed: number;
  /** Calls that take longer are cut off then; absent: none are. */
  readonly timeoutNs?: Ns;
}

/** Returns how long the calls of a run took, in the order in which they came: gaps exponential. */
export function* drawnCalls({ law, ratePerSec, seconds, seed }: DrawnRun) {
  const rng = rngFrom(seed, law.name);
  const next = law.begin(rng);
  const endNs = seconds * NS_PER_SEC;
  let gapNs = exponential(rng, ratePerSec);
  for (let atNs = gapNs; atNs < endNs; atNs += gapNs) {
    const call = { atNs, tookNs: next(gapNs) };
    gapNs = exponential(rng, ratePerSec);
    yield call;
  }
}

/** Returns what the analysis of a run makes of such calls, as its recorder had held them. */
export async function analyzeDrawn(run: DrawnRun): Promise<RunAnalysis> {
  const numbers = new MemoryNumbers({
    run: recordOf(run),
    histograms: slicesOf(run),
    ...{ counters: [], errors: [], connectErrors: [], windows: [] },
  });
  const none = { spans: [], startEpochNs: 1n, endEpochNs: 2n, isCallId: (): boolean => false };
  const spans = new MemorySpans(none);
  return analyzeRun(
    {
      run: (runId) => numbers.run(runId),
      series: () => numbers.series(),
      seconds: (runId, clocks) => numbers.seconds(runId, clocks),
      counters: () => numbers.counters(),
      counterSeconds: (id, names) => numbers.counterSeconds(id, names),
      arrivals: () => numbers.arrivals(),
      errors: () => numbers.errors(),
      connectErrors: () => numbers.connectErrors(),
      faultWindows: () => numbers.faultWindows(),
      edges: (runId, ranges) => spans.edges(runId, ranges),
      failedAttempts: (runId, ranges) => spans.failedAttempts(runId, ranges),
      slowestCalls: (runId, phases, limit) => spans.slowestCalls(runId, phases, limit),
      failureExamples: (runId, phases) => spans.failureExamples(runId, phases),
      spanCounts: () => spans.spanCounts(),
      servedCalls: () => spans.servedCalls(),
    },
    RUN_ID,
  );
}

const RUN_ID = '00000000000000aa';
const PHASE = 'load';

function slicesOf(run: DrawnRun): readonly HistogramSlice[] {
  const { timeoutNs = Infinity } = run;
  const [ended, cutOff] = [new LogLinearHistogram(), new LogLinearHistogram()];
  const slices: HistogramSlice[] = [];
  let second = 0;
  const take = (histogram: LogLinearHistogram, outcome: Outcome): void => {
    if (histogram.count === 0) return;
    const key = {
      phase: PHASE,
      step: 'call',
      target: 'server',
      outcome,
      clock: 'service',
    } as const;
    slices.push({ second, ...key, ...takenFrom(histogram) });
  };
  const close = (): void => {
    take(ended, 'ok');
    take(cutOff, 'timeout');
  };
  for (const { atNs, tookNs } of drawnCalls(run)) {
    const own = Math.floor(atNs / NS_PER_SEC);
    if (own !== second) close();
    second = own;
    if (tookNs > timeoutNs) cutOff.record(timeoutNs);
    else ended.record(tookNs);
  }
  close();
  return slices;
}

function recordOf({ seconds, seed }: DrawnRun): RunRecord {
  const phase = { name: PHASE, fromNs: 0, toNs: seconds * NS_PER_SEC } as const;
  return {
    runId: RUN_ID,
    ...{ scenario: 'drawn', startedEpochMs: 0, endedEpochMs: seconds * 1_000 },
    ...{ status: 'complete', seed, phases: [{ ...phase, model: 'open', measured: true }] },
    ...{ source: '', plan: '', verdict: '', harnessVersion: '', environment: {} },
  };
}
