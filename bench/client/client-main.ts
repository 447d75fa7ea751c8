import {
  type CallClock,
  epochNowMs,
  NS_PER_SEC,
  type Outcome,
  type SparseHistogram,
  mergeSparse,
} from '../../src/core/index.ts';
import type { KeptCall, RecordSlice } from '../../src/record/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { exponentialGaps } from '../statistics/kolmogorov-smirnov.ts';
import type { ClientPercentiles, ClientReport, ClientSpec } from './client-spec.ts';
import { asReady, readTlsFiles } from '../../src/scenario/index.ts';
import { oneStepScenario, phaseName } from './one-step-scenario.ts';

/** Outcomes whose times are latencies: those of timeouts and cancelled calls end at their bound. */
const TIMED: readonly Outcome[] = ['ok', 'timeout', 'cancelled'];

/**
 * Sends what the first argument asks for, as a run of callgauge does, and prints what it found. A
 * process of its own, so that its processor time and memory are the generator's alone.
 */
const spec = JSON.parse(process.argv[2] ?? '') as ClientSpec;
const histograms = new Map<CallClock, SparseHistogram>();
const kept: KeptCall[] = [];
const rssBytes: number[] = [];
const measured = new Set(
  spec.phases.flatMap((phase, index) => (phase.measure ? [phaseName(index)] : [])),
);
/** Seconds before the first phase that counts. */
const warmUpSec = spec.phases
  .slice(
    0,
    spec.phases.findIndex((phase) => phase.measure),
  )
  .reduce((sum, phase) => sum + phase.seconds, 0);
const wholeSec = spec.phases.reduce((sum, phase) => sum + phase.seconds, 0);
/** Processor time in us and the moment in ms at which it was read. */
interface CpuMark {
  readonly cpuUs: number;
  readonly atMs: number;
}
let cpuFrom: CpuMark | undefined;
let cpuTo: CpuMark | undefined;

const sender = await startSender({
  scenario: asReady(await readTlsFiles(oneStepScenario(spec))),
  runId: '0123456789abcdef',
  onSlice: take,
});
if (warmUpSec === 0) cpuFrom = markCpu();
sender.begin(spec.originEpochMs ?? epochNowMs() + 20);
const { finished } = await sender.ended;
const report: ClientReport = {
  finished,
  cores: coresInUse(),
  percentilesNs: Object.fromEntries(
    [...histograms].map(([clock, histogram]) => [clock, percentilesOf(histogram)]),
  ),
  rssBytes,
  ...(spec.testGapsPerSec === undefined ? {} : { gaps: testGaps(spec.testGapsPerSec) }),
};
process.stdout.write(JSON.stringify(report));

function take(slice: RecordSlice): void {
  rssBytes.push(process.memoryUsage.rss());
  // A slice comes when its second is over.
  if (slice.second === warmUpSec - 1) cpuFrom = markCpu();
  if (slice.second === wholeSec - 1) cpuTo = markCpu();
  for (const { phase, clock, outcome, valueNs, count } of slice.histograms) {
    if (!measured.has(phase) || !TIMED.includes(outcome)) continue;
    const before = histograms.get(clock) ?? { valueNs: [], count: [] };
    histograms.set(clock, mergeSparse(before, { valueNs, count }));
  }
  if (spec.testGapsPerSec === undefined) return;
  for (const call of slice.kept) if (measured.has(call.phase)) kept.push(call);
}

function markCpu(): CpuMark {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, atMs: epochNowMs() };
}

function coresInUse(): number {
  const to = cpuTo ?? markCpu();
  if (cpuFrom === undefined || to.atMs <= cpuFrom.atMs) return Number.NaN;
  return (to.cpuUs - cpuFrom.cpuUs) / 1_000 / (to.atMs - cpuFrom.atMs);
}

function percentilesOf(histogram: SparseHistogram): ClientPercentiles {
  const count = histogram.count.reduce((sum, n) => sum + n, 0);
  const at = (ratio: number): number => {
    const rank = Math.max(1, Math.ceil(ratio * count));
    let seen = 0;
    return histogram.valueNs[histogram.count.findIndex((n) => (seen += n) >= rank)] ?? 0;
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), count };
}

function testGaps(ratePerSec: number): NonNullable<ClientReport['gaps']> {
  const of = (instant: (call: KeptCall) => number): ReturnType<typeof exponentialGaps> =>
    exponentialGaps(
      Float64Array.from(kept, (call) => instant(call) / NS_PER_SEC).sort(),
      ratePerSec,
    );
  return { intended: of((call) => call.intendedNs), sent: of((call) => call.sentNs) };
}
