import { estimateQuantile } from '../../analyze/index.ts';
import {
  NS_PER_SEC,
  type CounterName,
  type HistogramSlice,
  type Ns,
  type RatePerSec,
  type RunPhase,
  type SparseHistogram,
} from '../../core/index.ts';
import { mergeSparse, type RecordSlice } from '../../record/index.ts';
import { renderLive } from '../../report/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { wantedRatePerSec, type Schedule } from '../../schedule/index.ts';
import type { Terminal } from '../terminal.ts';

const EMPTY: SparseHistogram = { valueNs: [], count: [] };

/** Shows on one line how the run goes, a second at a time. */
export class LiveProgress {
  readonly #terminal: Terminal;
  readonly #scenario: Scenario;
  readonly #schedule: Schedule;
  readonly #activeFaults: () => readonly string[];
  #errors = 0;
  #dropped = 0;

  constructor(
    terminal: Terminal,
    scenario: Scenario,
    schedule: Schedule,
    activeFaults: () => readonly string[],
  ) {
    this.#terminal = terminal;
    this.#scenario = scenario;
    this.#schedule = schedule;
    this.#activeFaults = activeFaults;
  }

  /** Takes in one second and redraws the line. */
  show(slice: RecordSlice): void {
    const atNs = (slice.second + 0.5) * NS_PER_SEC;
    const responses = slice.histograms.filter((h) => h.clock === 'response');
    const answered = merged(responses.filter((h) => isAnswered(h)));
    this.#errors += total(responses.filter((h) => isError(h)));
    this.#dropped += counted(slice, 'dropped_arrivals');
    const line = renderLive(
      {
        elapsedNs: (slice.second + 1) * NS_PER_SEC,
        totalNs: this.#schedule.durationNs,
        phase: this.#phaseAt(atNs)?.name ?? 'draining',
        wantedPerSec: this.#wantedPerSec(atNs),
        achievedPerSec: total(responses),
        p50Ns: quantileNs(answered, 50),
        p99Ns: quantileNs(answered, 99),
        errors: this.#errors,
        dropped: this.#dropped,
        activeFaults: this.#activeFaults(),
      },
      this.#terminal.width,
    );
    this.#terminal.live(line);
  }

  /** Users of a closed phase want as much as they get. */
  #wantedPerSec(atNs: Ns): RatePerSec | undefined {
    const isClosed = this.#phaseAt(atNs)?.model === 'closed';
    return isClosed ? undefined : wantedRatePerSec(this.#scenario.load, atNs);
  }

  #phaseAt(atNs: Ns): RunPhase | undefined {
    return this.#schedule.phases.find((p) => atNs >= p.fromNs && atNs < p.toNs);
  }
}

function isAnswered({ outcome }: HistogramSlice): boolean {
  return outcome === 'ok' || outcome === 'timeout' || outcome === 'cancelled';
}

function isError({ outcome }: HistogramSlice): boolean {
  return outcome === 'status' || outcome === 'timeout' || outcome === 'transport';
}

function merged(slices: readonly SparseHistogram[]): SparseHistogram {
  return slices.reduce<SparseHistogram>((sum, slice) => mergeSparse(sum, slice), EMPTY);
}

function total(slices: readonly SparseHistogram[]): number {
  return slices.flatMap((slice) => slice.count).reduce((sum, count) => sum + count, 0);
}

function counted({ counters }: RecordSlice, name: CounterName): number {
  return counters.reduce((sum, c) => (c.counter === name ? sum + c.value : sum), 0);
}

/** A second's sample is small: the plain value is shown, whatever its interval. */
function quantileNs(histogram: SparseHistogram, percent: number): Ns | undefined {
  if (histogram.count.length === 0) return undefined;
  const estimate = estimateQuantile({ exact: histogram, censored: EMPTY }, percent);
  return estimate.kind === 'known' ? estimate.valueNs : histogram.valueNs.at(-1);
}
