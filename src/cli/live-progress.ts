import type { AbJudgement } from '../compare/index.ts';
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
} from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';
import { abLiveText } from '../report/ab-live-text.ts';
import { renderLive, type LiveState } from '../report/index.ts';
import type { ObservedSecond, Segment } from '../run/index.ts';
import { wantedRatePerSec } from '../schedule/index.ts';
import { SuccessWatch } from './success-watch.ts';
import type { Terminal } from './terminal.ts';

/** Shows on one line how the run goes, a second at a time. */
export class LiveProgress {
  readonly #terminal: Terminal;
  #segment: Segment | undefined;
  /** Since the segment began. */
  #errors = 0;
  #dropped = 0;
  /** By phase. */
  readonly #made = new Map<string, number>();
  readonly #success = new SuccessWatch();
  /** What the seconds so far say of two versions. */
  #versions = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes what the seconds so far say of two versions: the next line has it. */
  judged(judgement: AbJudgement): void {
    this.#versions = abLiveText(judgement);
  }

  /** Takes in one second and redraws the line. */
  show({ slice, segment, activeFaults }: ObservedSecond): void {
    if (this.#segment !== segment) {
      this.#segment = segment;
      this.#errors = 0;
      this.#dropped = 0;
      this.#made.clear();
    }
    for (const { counter, phase: of, value } of slice.counters) {
      if (counter === 'arrivals') this.#made.set(of, (this.#made.get(of) ?? 0) + value);
    }
    const warning = this.#success.add(slice);
    if (warning !== undefined) this.#terminal.progress(warning);
    const { schedule } = segment;
    const atNs = (slice.second + 0.5) * NS_PER_SEC;
    const phase = schedule.phases.find((p) => atNs >= p.fromNs && atNs < p.toNs);
    const responses = slice.histograms.filter((h) => h.clock === 'response');
    const answered = merged(responses.filter((h) => TIMED_OUTCOMES.has(h.outcome)));
    this.#errors += total(responses.filter((h) => ERROR_OUTCOMES.has(h.outcome)));
    this.#dropped += counted(slice, 'dropped_arrivals');
    const line = renderLive(
      {
        elapsedNs: (slice.second + 1) * NS_PER_SEC,
        totalNs: schedule.durationNs,
        ...this.#iterations(segment, phase),
        phase: phase?.name ?? 'draining',
        wantedPerSec: wantedPerSec(segment, phase, atNs),
        achievedPerSec: total(responses),
        p50Ns: quantileNs(answered, 0.5),
        p99Ns: quantileNs(answered, 0.99),
        errors: this.#errors,
        dropped: this.#dropped,
        activeFaults,
        versions: this.#versions,
      },
      this.#terminal.liveWidth,
    );
    this.#terminal.live(line);
  }

  /** Of a phase that only its time ends: nothing. */
  #iterations({ schedule }: Segment, phase: RunPhase | undefined): Pick<LiveState, 'iterations'> {
    const closed = schedule.closed.find(
      ({ phaseIndex }) => schedule.phases[phaseIndex] === phase && phase !== undefined,
    );
    const all = closed?.iterations ?? Infinity;
    if (phase === undefined || !Number.isFinite(all)) return {};
    return { iterations: { made: Math.min(all, this.#made.get(phase.name) ?? 0), all } };
  }
}

/** Users of a closed phase want as much as they get. */
function wantedPerSec(
  { scenario }: Segment,
  phase: RunPhase | undefined,
  atNs: Ns,
): RatePerSec | undefined {
  // While it drains nothing more is wanted, and what ends is no rate of it.
  return phase === undefined || phase.model === 'closed'
    ? undefined
    : wantedRatePerSec(scenario.load, atNs);
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

/**
 * The plain value at the rank: a second's sample is small, and a refusal would leave the line
 * empty.
 */
function quantileNs(histogram: SparseHistogram, ratio: number): Ns | undefined {
  let left = Math.ceil(countOf(histogram) * ratio);
  return histogram.valueNs.find((_, i) => (left -= histogram.count[i] ?? 0) <= 0);
}
