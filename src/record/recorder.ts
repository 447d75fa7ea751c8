import {
  type ConnectParts,
  ERROR_OUTCOMES,
  invariant,
  type Ns,
  OK,
  NS_PER_SEC,
  OUTCOMES,
  type OutcomeCode,
} from '../core/index.ts';
import { headSampling } from '../trace/index.ts';
import { BYTES_IN, BYTES_OUT, CallBatch, END, INTENDED, SEQ, UNREAD } from './call-batch.ts';
import { CallSeries } from './call-series.ts';
import { ConnectErrorTable } from './connect-error-table.ts';
import { ConnectSeries } from './connect-series.ts';
import { CounterTable } from './counter-table.ts';
import { EndpointTable } from './endpoint-table.ts';
import { ErrorTable } from './error-table.ts';
import { HeldSecond } from './held-second.ts';
import { LagSeries } from './lag-series.ts';
import { LogLinearHistogram } from './log-linear-histogram.ts';
import { MessageSeries } from './message-series.ts';
import {
  MAX_KEPT_PER_SECOND,
  type PolicyCounter,
  type RecorderOptions,
} from './recorder-options.ts';
import { recordAlike, recordParts } from './record-alike.ts';
import { SlowCalls } from './slow-calls.ts';
import { StatusTable } from './status-table.ts';
import { type FinishedCall, isAnswered } from './finished-call.ts';
import type { OwnReason } from './kept-call.ts';
import { KeptSecond } from './kept-second.ts';
import { HistogramPacker } from './packed-histograms.ts';
import { type PackedSlice, unpackedSlice } from './packed-slice.ts';
import type { RecordSlice } from './slice.ts';

/** Most series that wait to be used again: a stall makes many at once, and seldom. */
const SPARE_SERIES_MAX = 3;

/**
 * Gathers what one worker's calls were, in O(1) and without an object per call: histograms per
 * phase x step x outcome, counters, and the calls whose spans are to be stored. Once a second
 * {@link takeSlice} returns what was recorded since the slice before.
 *
 * A call belongs to the second in which it was to start: one that a fault holds up for long is then
 * found in the fault's time, not in the healthy time in which it ended. A slice so holds, beside
 * the calls of its own second, late ones of those before.
 *
 * Every call is in its `response` and its `corrected` histogram, and each of its attempts in
 * `service`, by how that ended. An attempt that was never sent (cancelled or refused while it
 * waited for a connection) has no service time and is missing from there. The parts of a call,
 * `wait`, `first_byte` and `body`, are kept of successful calls.
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
  readonly #lags: readonly LagSeries[];
  readonly #connects: readonly ConnectSeries[];
  readonly #uncertainties: readonly LogLinearHistogram[];
  readonly #counters: CounterTable;
  readonly #errors: ErrorTable;
  readonly #connectErrors: ConnectErrorTable;
  readonly #statuses: StatusTable;
  readonly #messages: MessageSeries;
  readonly #endpoints: EndpointTable;
  readonly #attempts: Float64Array;
  readonly #arrivals: Float64Array;
  readonly #bytesIn: Float64Array;
  readonly #bytesOut: Float64Array;
  readonly #slow: SlowCalls;
  readonly #packer = new HistogramPacker();
  readonly #kept: KeptSecond;
  readonly #held: HeldSecond | undefined;

  constructor(options: RecorderOptions) {
    const { phases, steps, targets } = options;
    this.#options = options;
    this.#ofSecond = new CallSeries(options);
    this.#inHeadSample = headSampling(options.seed, options.keep.headRatio);
    this.#lags = phases.map(() => new LagSeries());
    this.#connects = phases.flatMap(() => targets.map(() => new ConnectSeries()));
    this.#uncertainties = phases.map(() => new LogLinearHistogram());
    const stepNames = steps.map((step) => step.name);
    this.#counters = new CounterTable(phases, stepNames);
    this.#errors = new ErrorTable(phases, steps);
    this.#connectErrors = new ConnectErrorTable(phases, targets);
    this.#statuses = new StatusTable(phases, steps);
    this.#messages = new MessageSeries(options, this.#counters);
    this.#endpoints = new EndpointTable(phases, steps, options.endpoints ?? []);
    this.#attempts = this.#counters.cellsOf('attempts');
    this.#arrivals = this.#counters.cellsOf('arrivals');
    this.#bytesIn = this.#counters.cellsOf('bytes_in');
    this.#bytesOut = this.#counters.cellsOf('bytes_out');
    this.#slow = new SlowCalls(steps.length, options.keep.slowRatio);
    const { maxHeldPerSecond = 0, maxKeptPerSecond = MAX_KEPT_PER_SECOND } = options;
    this.#kept = new KeptSecond(phases, steps, maxKeptPerSecond);
    if (maxHeldPerSecond > 0) this.#held = new HeldSecond(phases, steps, maxHeldPerSecond);
  }

  /**
   * Counts an arrival that fell due and was seen `lagNs` later, whatever becomes of it; of one of
   * two versions under the first step of its flow, -1 for any other.
   */
  arrival(phaseIndex: number, lagNs: Ns, stepIndex = -1): void {
    this.#counters.addTo(this.#arrivals, phaseIndex, stepIndex, 1);
    this.#clamp(at(this.#lags, phaseIndex).record(lagNs), phaseIndex, -1);
  }

  /** Counts an arrival that found no free slot, as {@link arrival} does. */
  droppedArrival(phaseIndex: number, stepIndex = -1): void {
    this.#counters.add('dropped_arrivals', phaseIndex, stepIndex, 1);
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
    const batch = this.#batch;
    if (!batch.areAlike) {
      batch.drain(this.#recordNow);
      return;
    }
    const { phaseIndex, stepIndex, intendedNs, status } = batch.callAt(0);
    const { size } = batch;
    const series = this.#seriesAt(intendedNs).of(phaseIndex, stepIndex, OK);
    const past = recordAlike(batch, series);
    if (past > 0) this.#counters.add('clamped', phaseIndex, stepIndex, past);
    this.#statuses.add(phaseIndex, stepIndex, status, size);
    at(this.#uncertainties, phaseIndex).recordAll(batch.column(UNREAD), size);
    this.#counters.addTo(this.#bytesIn, phaseIndex, stepIndex, batch.sum(BYTES_IN));
    this.#counters.addTo(this.#bytesOut, phaseIndex, stepIndex, batch.sum(BYTES_OUT));
    this.#keepOf(batch, stepIndex);
    batch.clear();
  }

  /** Keeps or holds those of a batch of one step, all of which went well, that are to be. */
  #keepOf(batch: CallBatch, stepIndex: number): void {
    for (let row = 0; row < batch.size; row++) {
      const responseNs = batch.at(row, END) - batch.at(row, INTENDED);
      const reason = this.#reasonToKeep(batch.at(row, SEQ), stepIndex, false, responseNs);
      if (reason !== undefined || this.#held !== undefined) {
        this.#keep(batch.callAt(row), reason, false);
      }
    }
  }

  readonly #recordNow = (call: FinishedCall, unreadNs: Ns, isExample = false): void => {
    const { phaseIndex, stepIndex } = call;
    const series = this.#seriesAt(call.intendedNs).of(phaseIndex, stepIndex, call.outcome);
    const responseNs = call.endNs - call.intendedNs;
    this.#clamp(series.response.record(responseNs), phaseIndex, stepIndex);
    series.corrected.record(call.endNs - call.seenNs);
    if (call.sentNs >= 0) {
      this.#clamp(series.service.record(call.endNs - call.sentNs), phaseIndex, stepIndex);
      recordParts(series.parts, call);
    }
    this.#countAnswer(call, unreadNs);
    const reason = this.#reasonToKeep(call.seq, stepIndex, call.outcome !== OK, responseNs);
    this.#keep(call, reason, isExample);
  };

  /**
   * Records an attempt that is over, of a call that {@link recordCall} records: what it took and
   * what came of it, but not its span.
   */
  recordAttempt(attempt: FinishedCall): void {
    const { phaseIndex, stepIndex, outcome } = attempt;
    const unreadNs = this.#unreadNs(attempt);
    if (attempt.sentNs >= 0) {
      const { service } = this.#seriesAt(attempt.intendedNs).of(phaseIndex, stepIndex, outcome);
      this.#clamp(service.record(attempt.endNs - attempt.sentNs), phaseIndex, stepIndex);
    }
    this.#countAnswer(attempt, unreadNs);
  }

  /**
   * Records a call that is over, whose attempts {@link recordAttempt} has recorded. They are kept
   * together, each with its span; of a call that made none, the call is.
   * @param answered the attempt whose answer is the call's; undefined where none of them came
   */
  recordCall(
    call: FinishedCall,
    attempts: readonly FinishedCall[],
    answered: FinishedCall | undefined,
  ): void {
    const { phaseIndex, stepIndex, outcome } = call;
    const isExample = outcome !== OK && this.#errors.add(call);
    const series = this.#seriesAt(call.intendedNs).of(phaseIndex, stepIndex, outcome);
    const responseNs = call.endNs - call.intendedNs;
    this.#clamp(series.response.record(responseNs), phaseIndex, stepIndex);
    series.corrected.record(call.endNs - call.seenNs);
    if (answered !== undefined) recordParts(series.parts, answered);
    const hasFailed = outcome !== OK || attempts.some((attempt) => isError(attempt.outcome));
    const reason = this.#reasonToKeep(call.seq, stepIndex, hasFailed, responseNs);
    if (attempts.length === 0) this.#keep(call, reason, isExample);
    for (const attempt of attempts) this.#keep(attempt, reason, isExample);
  }

  /**
   * Holds the span of an attempt that ends when its call is over and recorded: it is kept where its
   * trace is.
   */
  recordStraggler(attempt: FinishedCall): void {
    this.recordAttempt(attempt);
    this.#keep(attempt, this.#inHeadSample(attempt.seq) ? 'head' : undefined, false);
  }

  /** Counts an attempt of a step with a policy, which goes to one of its target's endpoints. */
  attempted(phaseIndex: number, stepIndex: number, endpoint: number): void {
    this.#counters.addTo(this.#attempts, phaseIndex, stepIndex, 1);
    this.#endpoints.add(phaseIndex, stepIndex, endpoint);
  }

  /** Counts what a policy has done; `stepIndex` -1 where it is of no step. */
  policyDid(counter: PolicyCounter, phaseIndex: number, stepIndex: number, by = 1): void {
    this.#counters.add(counter, phaseIndex, stepIndex, by);
  }

  /**
   * Returns what was gathered since the last slice, as that of `second`, and begins anew. The
   * moment from which a call counts as slow is worked out again.
   */
  takeSlice(second: number): RecordSlice {
    return unpackedSlice(this.takePacked(second));
  }

  /** Returns what {@link takeSlice} does, in the form that costs this thread the least. */
  takePacked(second: number): PackedSlice {
    this.#recordBatch();
    const packer = this.#packer;
    for (const [intendedSecond, series] of this.#bySecond) {
      series.forEach(({ stepIndex, response }) => this.#slow.add(stepIndex, response));
      series.take(intendedSecond, packer);
      if (this.#spare.length < SPARE_SERIES_MAX) this.#spare.push(series);
    }
    this.#bySecond.clear();
    this.#messages.take(second, packer);
    this.#second = -1;
    this.#slow.update();
    const { phases, targets } = this.#options;
    for (const [p, phase] of phases.entries()) {
      const key = { phase, step: '', target: '', outcome: 'ok' } as const;
      at(this.#lags, p).take(second, phase, packer);
      packer.add(second, key, 'uncertainty', at(this.#uncertainties, p));
      for (const [t, target] of targets.entries()) {
        const connects = at(this.#connects, p * targets.length + t);
        connects.take(second, { phase, target }, packer);
      }
    }
    const counters = this.#counters.take(second);
    this.#statuses.take(second, counters);
    this.#endpoints.take(second, counters);
    return {
      second,
      histograms: packer.take(),
      counters,
      errors: this.#errors.take(second),
      connectErrors: this.#connectErrors.take(second),
      kept: this.#kept.take(),
      held: this.#held?.take() ?? [],
    };
  }

  #countAnswer(call: FinishedCall, unreadNs: Ns): void {
    const { phaseIndex, stepIndex } = call;
    if (isAnswered(call)) this.#statuses.add(phaseIndex, stepIndex, call.status);
    if (unreadNs >= 0) at(this.#uncertainties, phaseIndex).record(unreadNs);
    this.#counters.addTo(this.#bytesIn, phaseIndex, stepIndex, call.bytesIn);
    this.#counters.addTo(this.#bytesOut, phaseIndex, stepIndex, call.bytesOut);
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

  #reasonToKeep(
    seq: number,
    stepIndex: number,
    hasFailed: boolean,
    responseNs: Ns,
  ): OwnReason | undefined {
    if (this.#inHeadSample(seq)) return 'head';
    if (hasFailed && this.#options.keep.errors) return 'error';
    return this.#slow.isSlow(stepIndex, responseNs) ? 'slow' : undefined;
  }

  #keep(call: FinishedCall, reason: OwnReason | undefined, isExample: boolean): void {
    if (reason === undefined) this.#held?.add(call);
    else if (!this.#kept.add(call, reason, isExample)) {
      this.#counters.add('dropped_spans', call.phaseIndex, call.stepIndex, 1);
    }
  }

  #clamp(past: boolean, phaseIndex: number, stepIndex: number): void {
    if (past) this.#counters.add('clamped', phaseIndex, stepIndex, 1);
  }
}

function isError(outcome: OutcomeCode): boolean {
  return ERROR_OUTCOMES.has(OUTCOMES[outcome]);
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  invariant(item !== undefined, 'an index that a call carries lies in the list it is of');
  return item;
}
