import {
  CHECK,
  type ConnectParts,
  type HistogramSlice,
  invariant,
  type Ns,
  OK,
  NS_PER_SEC,
  OUTCOMES,
  STATUS,
} from '../core/index.ts';
import type { TraceSpec } from '../scenario/index.ts';
import { headSampling } from '../trace/index.ts';
import { CallBatch } from './call-batch.ts';
import { CallSeries, takeInto } from './call-series.ts';
import { ConnectErrorTable } from './connect-error-table.ts';
import { ConnectSeries } from './connect-series.ts';
import { CounterTable } from './counter-table.ts';
import { ErrorTable } from './error-table.ts';
import { HeldSecond } from './held-second.ts';
import { COARSE_OCTAVE_BITS, LogLinearHistogram } from './log-linear-histogram.ts';
import { MessageSeries } from './message-series.ts';
import { StatusTable } from './status-table.ts';
import type { FinishedCall } from './finished-call.ts';
import type { KeptCall, OwnReason } from './kept-call.ts';
import type { RecordSlice } from './slice.ts';

/**
 * Most calls kept for their spans in one second, the head sample and the others each; further ones
 * count as `dropped_spans`.
 */
export const MAX_KEPT_PER_SECOND = 10_000;

/** Calls that a step must have finished before any of its calls counts as slow. */
const SLOW_AFTER_CALLS = 100;

/** Most series that wait to be used again: a stall makes many at once, and seldom. */
const SPARE_SERIES_MAX = 3;

export interface RecorderOptions {
  readonly seed: number;
  readonly phases: readonly string[];
  readonly targets: readonly string[];
  /** Every step of every flow, in the order by which calls know them. */
  readonly steps: readonly { readonly name: string; readonly target: string }[];
  readonly keep: TraceSpec['keep'];
  /**
   * Returns how long an answer that is read at `readNs` may have lain unread, the thread having
   * been busy; nothing is recorded of it where this is not given.
   */
  readonly unreadForNs?: (readNs: Ns) => Ns;
  /** {@link MAX_KEPT_PER_SECOND} where it is not given. */
  readonly maxKeptPerSecond?: number;
  /** Most calls of a second that are held though they were not kept; absent: none. */
  readonly maxHeldPerSecond?: number;
}

/**
 * Gathers what one worker's calls were, in O(1) and without an object per call: histograms per
 * phase x step x outcome, counters, and the calls whose spans are to be stored. Once a second
 * {@link takeSlice} returns what was recorded since the slice before.
 *
 * A call belongs to the second in which it was to start: one that a fault holds up for long is then
 * found in the fault's time, not in the healthy time in which it ended. A slice so holds, beside
 * the calls of its own second, late ones of those before.
 *
 * Every call is in its `response` and its `corrected` histogram. A call that was never sent
 * (cancelled or refused while it waited for a connection) has no service time and is missing from
 * `service`. The parts of a call, `wait`, `first_byte` and `body`, are kept of successful calls.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #inHeadSample: (seq: number) => boolean;
  readonly #batch = new CallBatch();
  /** By the second of the intended start; those that are empty again wait to be used. */
  readonly #bySecond = new Map<number, CallSeries>();
  readonly #spare: CallSeries[] = [];
  #second = -1;
  #ofSecond: CallSeries;
  readonly #lags: readonly LogLinearHistogram[];
  readonly #connects: readonly ConnectSeries[];
  readonly #uncertainties: readonly LogLinearHistogram[];
  readonly #counters: CounterTable;
  readonly #errors: ErrorTable;
  readonly #connectErrors: ConnectErrorTable;
  readonly #statuses: StatusTable;
  readonly #messages: MessageSeries;
  readonly #arrivals: Float64Array;
  readonly #bytesIn: Float64Array;
  readonly #bytesOut: Float64Array;
  /** Per step, over the run so far: all its response times, and the time past which one is slow. */
  readonly #responses: readonly LogLinearHistogram[];
  readonly #slowFromNs: Float64Array;
  #kept: KeptCall[] = [];
  #keptHead = 0;
  readonly #held: HeldSecond | undefined;

  constructor(options: RecorderOptions) {
    const { phases, steps, targets } = options;
    this.#options = options;
    this.#ofSecond = new CallSeries(options);
    this.#inHeadSample = headSampling(options.seed, options.keep.headRatio);
    this.#lags = phases.map(() => new LogLinearHistogram());
    this.#connects = phases.flatMap(() => targets.map(() => new ConnectSeries()));
    this.#uncertainties = phases.map(() => new LogLinearHistogram());
    const stepNames = steps.map((step) => step.name);
    this.#counters = new CounterTable(phases, stepNames);
    this.#errors = new ErrorTable(phases, steps);
    this.#connectErrors = new ConnectErrorTable(phases, targets);
    this.#statuses = new StatusTable(phases, steps);
    this.#messages = new MessageSeries(options, this.#counters);
    this.#arrivals = this.#counters.cellsOf('arrivals');
    this.#bytesIn = this.#counters.cellsOf('bytes_in');
    this.#bytesOut = this.#counters.cellsOf('bytes_out');
    this.#responses = steps.map(() => new LogLinearHistogram(COARSE_OCTAVE_BITS));
    this.#slowFromNs = new Float64Array(steps.length).fill(Infinity);
    const { maxHeldPerSecond = 0 } = options;
    if (maxHeldPerSecond > 0) this.#held = new HeldSecond(phases, steps, maxHeldPerSecond);
  }

  /** Counts an arrival that fell due and was seen `lagNs` later, whatever becomes of it. */
  arrival(phaseIndex: number, lagNs: Ns): void {
    this.#counters.addTo(this.#arrivals, phaseIndex, -1, 1);
    this.#clamp(at(this.#lags, phaseIndex).record(lagNs), phaseIndex, -1);
  }

  /** Counts an arrival that found no free slot. */
  droppedArrival(phaseIndex: number): void {
    this.#counters.add('dropped_arrivals', phaseIndex, -1, 1);
  }

  /** Counts an iteration that ended early, a call or a hook of it having failed. */
  failedIteration(phaseIndex: number): void {
    this.#counters.add('failed_iterations', phaseIndex, -1, 1);
  }

  /** Counts a hook that failed. */
  failedHook(phaseIndex: number): void {
    this.#counters.add('failed_hooks', phaseIndex, -1, 1);
  }

  /** Counts a step that was not made because an earlier one of its flow failed. */
  abandonedStep(phaseIndex: number, stepIndex: number): void {
    this.#counters.add('abandoned_steps', phaseIndex, stepIndex, 1);
  }

  /** Counts a connection that was opened, and how long that and the parts of it took. */
  connected(
    phaseIndex: number,
    targetIndex: number,
    tookNs: Ns,
    again: boolean,
    parts?: ConnectParts,
  ): void {
    const index = phaseIndex * this.#options.targets.length + targetIndex;
    this.#clamp(at(this.#connects, index).record(tookNs, parts), phaseIndex, -1);
    this.#counters.add('connects', phaseIndex, -1, 1);
    if (again) this.#counters.add('reconnects', phaseIndex, -1, 1);
    if (parts?.resumed === true) this.#counters.add('tls_resumed', phaseIndex, -1, 1);
    if (parts?.staleDns === true) this.#counters.add('stale_dns', phaseIndex, -1, 1);
  }

  /** Counts a connection that could not be opened; `error` says why, in short and fixed words. */
  connectFailed(phaseIndex: number, targetIndex: number, error: string): void {
    this.#connectErrors.add(phaseIndex, targetIndex, error);
  }

  /** Counts a call that was sent again, the target having done nothing with it. */
  resentCall(phaseIndex: number, stepIndex: number): void {
    this.#counters.add('resent_calls', phaseIndex, stepIndex, 1);
  }

  /** Counts an answer, or a part of one, that came after its attempt had timed out. */
  lateResponse(phaseIndex: number): void {
    this.#counters.add('late_responses', phaseIndex, -1, 1);
  }

  /** Counts an answer of a step that was followed to where it sent its call. */
  redirected(phaseIndex: number, stepIndex: number): void {
    this.#counters.add('redirects', phaseIndex, stepIndex, 1);
  }

  /** Counts a message that came in the stream of a call, with its time; -1 where it has none. */
  message(phaseIndex: number, stepIndex: number, tookNs: Ns): void {
    this.#messages.came(phaseIndex, stepIndex, tookNs);
  }

  /** Counts a message that was sent in the stream of a call. */
  messageSent(phaseIndex: number, stepIndex: number): void {
    this.#messages.went(phaseIndex, stepIndex);
  }

  /** Records a call that is over. */
  record(call: FinishedCall): void {
    const unreadNs = this.#unreadNs(call);
    if (call.outcome !== OK) {
      this.#recordNow(call, unreadNs, this.#errors.add(call));
    } else if (!this.#batch.add(call, unreadNs)) this.#recordBatch();
  }

  #recordBatch(): void {
    this.#batch.drain(this.#recordNow);
  }

  readonly #recordNow = (call: FinishedCall, unreadNs: Ns, isExample = false): void => {
    const { phaseIndex, stepIndex } = call;
    const series = this.#seriesAt(call.intendedNs).of(phaseIndex, stepIndex, call.outcome);
    const responseNs = call.endNs - call.intendedNs;
    this.#clamp(series.response.record(responseNs), phaseIndex, stepIndex);
    series.corrected.record(call.endNs - call.seenNs);
    if (call.sentNs >= 0) {
      this.#clamp(series.service.record(call.endNs - call.sentNs), phaseIndex, stepIndex);
      const { parts } = series;
      if (parts !== undefined && call.firstByteNs >= 0) {
        parts.wait.record(call.sentNs - call.seenNs);
        parts.firstByte.record(call.firstByteNs - call.sentNs);
        parts.body.record(call.endNs - call.firstByteNs);
      }
    }
    if (isAnswered(call)) this.#statuses.add(phaseIndex, stepIndex, call.status);
    if (unreadNs >= 0) at(this.#uncertainties, phaseIndex).record(unreadNs);
    this.#counters.addTo(this.#bytesIn, phaseIndex, stepIndex, call.bytesIn);
    this.#counters.addTo(this.#bytesOut, phaseIndex, stepIndex, call.bytesOut);
    const reason = this.#reasonToKeep(call, responseNs);
    if (reason !== undefined) this.#keep(call, reason, isExample);
    else this.#held?.add(call);
  };

  /**
   * Returns what was gathered since the last slice, as that of `second`, and begins anew. The
   * moment from which a call counts as slow is worked out again.
   */
  takeSlice(second: number): RecordSlice {
    this.#recordBatch();
    const histograms: HistogramSlice[] = [];
    for (const [intendedSecond, series] of this.#bySecond) {
      series.forEach(({ stepIndex, response }) => at(this.#responses, stepIndex).merge(response));
      series.take(intendedSecond, histograms);
      if (this.#spare.length < SPARE_SERIES_MAX) this.#spare.push(series);
    }
    this.#bySecond.clear();
    this.#messages.take(second, histograms);
    this.#second = -1;
    this.#updateSlow();
    const { phases, targets } = this.#options;
    for (const [p, phase] of phases.entries()) {
      const key = { phase, step: '', target: '', outcome: 'ok' } as const;
      takeInto(histograms, second, key, 'lag', at(this.#lags, p));
      takeInto(histograms, second, key, 'uncertainty', at(this.#uncertainties, p));
      for (const [t, target] of targets.entries()) {
        const connects = at(this.#connects, p * targets.length + t);
        connects.take(second, { phase, target }, histograms);
      }
    }
    const kept = this.#kept;
    this.#kept = [];
    this.#keptHead = 0;
    const counters = this.#counters.take(second);
    this.#statuses.take(second, counters);
    return {
      second,
      histograms,
      counters,
      errors: this.#errors.take(second),
      connectErrors: this.#connectErrors.take(second),
      kept,
      held: this.#held?.take() ?? [],
    };
  }

  #seriesAt(intendedNs: Ns): CallSeries {
    const second = Math.floor(intendedNs / NS_PER_SEC);
    if (second === this.#second) return this.#ofSecond;
    const known = this.#bySecond.get(second);
    const series = known ?? this.#spare.pop() ?? new CallSeries(this.#options);
    if (known === undefined) this.#bySecond.set(second, series);
    this.#second = second;
    this.#ofSecond = series;
    return series;
  }

  /**
   * Returns how long the answer may have lain unread; -1 where that is not known. Only an answer
   * was read: the end of any other call is no moment at which one could lie there.
   */
  #unreadNs(call: FinishedCall): Ns {
    const { unreadForNs } = this.#options;
    if (unreadForNs === undefined || !isAnswered(call)) return -1;
    return unreadForNs(call.endNs);
  }

  #reasonToKeep(call: FinishedCall, responseNs: Ns): OwnReason | undefined {
    if (this.#inHeadSample(call.seq)) return 'head';
    if (call.outcome !== OK && this.#options.keep.errors) return 'error';
    return responseNs > (this.#slowFromNs[call.stepIndex] ?? Infinity) ? 'slow' : undefined;
  }

  #keep(call: FinishedCall, kept: OwnReason, isExample: boolean): void {
    // Each sort has a bound of its own: failures that come in heaps do not crowd out the sample,
    // and those of one reason not the examples of another, which are few.
    const isHead = kept === 'head';
    const before = isHead ? this.#keptHead : this.#kept.length - this.#keptHead;
    if (!isExample && before >= (this.#options.maxKeptPerSecond ?? MAX_KEPT_PER_SECOND)) {
      this.#counters.add('dropped_spans', call.phaseIndex, call.stepIndex, 1);
      return;
    }
    if (isHead) this.#keptHead++;
    const step = at(this.#options.steps, call.stepIndex);
    this.#kept.push({
      seq: call.seq,
      spanSeq: call.spanSeq,
      phase: at(this.#options.phases, call.phaseIndex),
      step: step.name,
      target: step.target,
      intendedNs: call.intendedNs,
      seenNs: call.seenNs,
      sentNs: call.sentNs < 0 ? call.endNs : call.sentNs,
      firstByteNs: call.firstByteNs,
      endNs: call.endNs,
      outcome: OUTCOMES[call.outcome],
      status: call.status,
      bytesIn: call.bytesIn,
      bytesOut: call.bytesOut,
      localPort: call.localPort,
      error: call.error,
      kept,
    });
  }

  /** A ratio of 0 keeps none: no time is past the largest of all, Infinity says so plainly. */
  #updateSlow(): void {
    const { slowRatio } = this.#options.keep;
    for (const [step, responses] of this.#responses.entries()) {
      const known = slowRatio > 0 && responses.count >= SLOW_AFTER_CALLS;
      this.#slowFromNs[step] = known ? responses.quantile(1 - slowRatio) : Infinity;
    }
  }

  #clamp(past: boolean, phaseIndex: number, stepIndex: number): void {
    if (past) this.#counters.add('clamped', phaseIndex, stepIndex, 1);
  }
}

/** A whole answer came, whatever it was worth. */
function isAnswered({ outcome }: FinishedCall): boolean {
  return outcome === OK || outcome === STATUS || outcome === CHECK;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  invariant(item !== undefined, 'an index that a call carries lies in the list it is of');
  return item;
}
