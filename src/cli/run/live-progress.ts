import {
  countOf,
  EMPTY_HISTOGRAM,
  ERROR_OUTCOMES,
  mergeSparse,
  NS_PER_SEC,
  TIMED_OUTCOMES,
  type CounterName,
  type Ns,
  type RatePerSec,
  type RunPhase,
  type SparseHistogram,
} from '../../core/index.ts';
import type { RecordSlice } from '../../record/index.ts';
import { renderLive } from '../../report/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { wantedRatePerSec, type Schedule } from '../../schedule/index.ts';
import type { Terminal } from '../terminal.ts';

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
    const answered = merged(responses.filter((h) => TIMED_OUTCOMES.has(h.outcome)));
    this.#errors += total(responses.filter((h) => ERROR_OUTCOMES.has(h.outcome)));
    this.#dropped += counted(slice, 'dropped_arrivals');
    const line = renderLive(
      {
        elapsedNs: (slice.second + 1) * NS_PER_SEC,
        totalNs: this.#schedule.durationNs,
        phase: this.#phaseAt(atNs)?.name ?? 'draining',
        wantedPerSec: this.#wantedPerSec(atNs),
        achievedPerSec: total(responses),
        p50Ns: quantileNs(answered, 0.5),
        p99Ns: quantileNs(answered, 0.99),
        errors: this.#errors,
        dropped: this.#dropped,
        activeFaults: this.#activeFaults(),
      },
      this.#terminal.liveWidth,
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

function merged(slices: readonly SparseHistogram[]): SparseHistogram {
  return slices.reduce<SparseHistogram>((sum, slice) => mergeSparse(sum, slice), EMPTY_HISTOGRAM);
}

function total(slices: readonly SparseHistogram[]): number {
  return slices.reduce((sum, slice) => sum + countOf(slice), 0);
}

function counted({ counters }: RecordSlice, name: CounterName): number {
  return counters.reduce((sum, c) => (c.counter === name ? sum + c.value : sum), 0);
}

/** The plain value at the rank: a second's sample is small, and a refusal would leave the line empty. */
function quantileNs(histogram: SparseHistogram, ratio: number): Ns | undefined {
  let left = Math.ceil(countOf(histogram) * ratio);
  return histogram.valueNs.find((_, i) => (left -= histogram.count[i] ?? 0) <= 0);
}
