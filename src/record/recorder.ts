import {
  type CallClock,
  type HistogramSlice,
  invariant,
  type Ns,
  OK,
  OUTCOMES,
  type OutcomeCode,
  type SeriesKey,
} from '../core/index.ts';
import type { TraceSpec } from '../scenario/index.ts';
import { headSampling } from '../trace/index.ts';
import { CounterTable } from './counter-table.ts';
import { LogLinearHistogram } from './log-linear-histogram.ts';
import type { KeptCall, KeptReason, RecordSlice } from './slice.ts';

/** Most calls kept for their spans in one second; further ones count as `dropped_spans`. */
export const MAX_KEPT_PER_SECOND = 10_000;

/** Calls that a step must have finished before any of its calls is told apart as slow. */
const SLOW_AFTER_CALLS = 100;

export interface RecorderOptions {
  readonly seed: number;
  readonly phases: readonly string[];
  readonly targets: readonly string[];
  /** Every step of every flow, in the order by which calls know them. */
  readonly steps: readonly { readonly name: string; readonly target: string }[];
  readonly keep: TraceSpec['keep'];
  /** {@link MAX_KEPT_PER_SECOND} where it is not given. */
  readonly maxKeptPerSecond?: number;
}

/** What the recorder reads of a call that is over. Instants in ns since the run's start. */
export interface FinishedCall {
  readonly seq: number;
  readonly spanSeq: number;
  readonly phaseIndex: number;
  readonly stepIndex: number;
  readonly intendedNs: Ns;
  readonly seenNs: Ns;
  /** -1 where it was never sent. */
  readonly sentNs: Ns;
  readonly firstByteNs: Ns;
  /** For a timeout or a cancelled call the moment of its bound: its times are censored there. */
  readonly endNs: Ns;
  readonly outcome: OutcomeCode;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly error: string;
}

interface Series {
  readonly key: Omit<SeriesKey, 'clock'>;
  readonly response: LogLinearHistogram;
  readonly service: LogLinearHistogram;
}

/**
 * Gathers what one worker's calls were, in O(1) and without an object per call: histograms per
 * phase x step x outcome, counters, and the calls whose spans are to be stored. Once a second
 * {@link takeSlice} hands out what came together and begins anew.
 *
 * Every call is in its `response` histogram. A call that was never sent (cancelled or refused while
 * it waited for a connection) has no service time and is missing from `service`.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #inHeadSample: (seq: number) => boolean;
  readonly #series: (Series | undefined)[] = [];
  readonly #lags: readonly LogLinearHistogram[];
  readonly #connects: readonly LogLinearHistogram[];
  readonly #counters: CounterTable;
  /** Per step, over the run so far: all its response times, and the time past which one is slow. */
  readonly #responses: readonly LogLinearHistogram[];
  readonly #slowFromNs: Float64Array;
  #kept: KeptCall[] = [];

  constructor(options: RecorderOptions) {
    const { phases, steps, targets } = options;
    this.#options = options;
    this.#inHeadSample = headSampling(options.seed, options.keep.headRatio);
    this.#lags = phases.map(() => new LogLinearHistogram());
    this.#connects = phases.flatMap(() => targets.map(() => new LogLinearHistogram()));
    const stepNames = steps.map((step) => step.name);
    this.#counters = new CounterTable(phases, stepNames);
    this.#responses = steps.map(() => new LogLinearHistogram());
    this.#slowFromNs = new Float64Array(steps.length).fill(Infinity);
  }

  /** Counts an arrival that fell due and was seen `lagNs` later, whatever becomes of it. */
  arrival(phaseIndex: number, lagNs: Ns): void {
    this.#counters.add('arrivals', phaseIndex, -1, 1);
    this.#clamp(at(this.#lags, phaseIndex).record(lagNs), phaseIndex, -1);
  }

  /** Counts an arrival that found no free slot. */
  droppedArrival(phaseIndex: number): void {
    this.#counters.add('dropped_arrivals', phaseIndex, -1, 1);
  }

  /** Counts a step that was not made because an earlier one of its flow failed. */
  abandonedStep(phaseIndex: number, stepIndex: number): void {
    this.#counters.add('abandoned_steps', phaseIndex, stepIndex, 1);
  }

  /** Counts a connection that was opened, and how long that took. */
  connected(phaseIndex: number, targetIndex: number, tookNs: Ns, again: boolean): void {
    const index = phaseIndex * this.#options.targets.length + targetIndex;
    this.#clamp(at(this.#connects, index).record(tookNs), phaseIndex, -1);
    if (again) this.#counters.add('reconnects', phaseIndex, -1, 1);
  }

  /** Counts an answer, or a part of one, that came after its attempt had timed out. */
  lateResponse(phaseIndex: number): void {
    this.#counters.add('late_responses', phaseIndex, -1, 1);
  }

  /** Records a call that is over. */
  record(call: FinishedCall): void {
    const { phaseIndex, stepIndex } = call;
    const series = this.#seriesOf(phaseIndex, stepIndex, call.outcome);
    const responseNs = call.endNs - call.intendedNs;
    this.#clamp(series.response.record(responseNs), phaseIndex, stepIndex);
    if (call.sentNs >= 0) {
      this.#clamp(series.service.record(call.endNs - call.sentNs), phaseIndex, stepIndex);
    }
    this.#counters.add('bytes_in', phaseIndex, stepIndex, call.bytesIn);
    this.#counters.add('bytes_out', phaseIndex, stepIndex, call.bytesOut);
    const reason = this.#reasonToKeep(call, responseNs);
    if (reason !== undefined) this.#keep(call, reason);
  }

  /**
   * Returns what was gathered since the last slice, as that of `second`, and begins anew. The moment
   * from which a call counts as slow is worked out again.
   */
  takeSlice(second: number): RecordSlice {
    const histograms: HistogramSlice[] = [];
    const take = (
      from: LogLinearHistogram,
      key: Omit<SeriesKey, 'clock'>,
      clock: CallClock,
    ): void => {
      if (from.count > 0) histograms.push({ second, ...key, clock, ...from.take() });
    };
    const { phases, targets } = this.#options;
    for (const series of this.#series) {
      if (series === undefined) continue;
      this.#learnResponses(series);
      take(series.response, series.key, 'response');
      take(series.service, series.key, 'service');
    }
    this.#updateSlow();
    for (const [p, phase] of phases.entries()) {
      const key = { phase, step: '', outcome: 'ok' } as const;
      take(at(this.#lags, p), { ...key, target: '' }, 'lag');
      for (const [t, target] of targets.entries()) {
        take(at(this.#connects, p * targets.length + t), { ...key, target }, 'connect');
      }
    }
    const kept = this.#kept;
    this.#kept = [];
    return { second, histograms, counters: this.#counters.take(second), kept };
  }

  #seriesOf(phaseIndex: number, stepIndex: number, outcome: OutcomeCode): Series {
    const index = (phaseIndex * this.#options.steps.length + stepIndex) * OUTCOMES.length + outcome;
    return this.#series[index] ?? this.#newSeries(index, phaseIndex, stepIndex, outcome);
  }

  #newSeries(index: number, phaseIndex: number, stepIndex: number, outcome: OutcomeCode): Series {
    while (this.#series.length <= index) this.#series.push(undefined);
    const step = at(this.#options.steps, stepIndex);
    const series = {
      key: {
        phase: at(this.#options.phases, phaseIndex),
        step: step.name,
        target: step.target,
        outcome: OUTCOMES[outcome],
      },
      response: new LogLinearHistogram(),
      service: new LogLinearHistogram(),
    };
    this.#series[index] = series;
    return series;
  }

  #reasonToKeep(call: FinishedCall, responseNs: Ns): KeptReason | undefined {
    if (this.#inHeadSample(call.seq)) return 'head';
    if (call.outcome !== OK && this.#options.keep.errors) return 'error';
    return responseNs > (this.#slowFromNs[call.stepIndex] ?? Infinity) ? 'slow' : undefined;
  }

  #keep(call: FinishedCall, kept: KeptReason): void {
    if (this.#kept.length >= (this.#options.maxKeptPerSecond ?? MAX_KEPT_PER_SECOND)) {
      this.#counters.add('dropped_spans', call.phaseIndex, call.stepIndex, 1);
      return;
    }
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
      error: call.error,
      kept,
    });
  }

  #learnResponses(series: Series): void {
    const stepIndex = this.#options.steps.findIndex((step) => step.name === series.key.step);
    at(this.#responses, stepIndex).merge(series.response);
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

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  invariant(item !== undefined, 'an index that a call carries lies in the list it is of');
  return item;
}
