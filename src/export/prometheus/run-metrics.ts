import { Counter, Gauge, Registry } from 'prom-client';

import {
  CENSORED_OUTCOMES,
  connectReasonOf,
  COUNTERS,
  endpointOfCounter,
  isEndpointCounter,
  OUTCOMES,
  statusOfCounter,
  TIMED_OUTCOMES,
  type ConnectErrorSlice,
  isStatusCounter,
  type CounterName,
  type CounterSlice,
  type HistogramSlice,
  type RatePerSec,
} from '../../core/index.ts';
import {
  ANSWERS,
  CALLS,
  CONNECT_ERRORS,
  ENDPOINT_ATTEMPTS,
  FAULT_ACTIVE,
  LAG,
  OTHER_STATUS,
  REFUSED_LABEL_SETS,
  RESPONSE_TIME,
  RESPONSE_TIME_HISTOGRAM,
  RUN_COUNTERS,
  RUN_INFO,
  SERVICE_TIME,
  STATUSES_MAX,
  WANTED_RATE,
  type MetricDefinition,
} from './catalogue.ts';
import { LabelSetBound } from './label-set-bound.ts';
import { QuantileGauges, type QuantilesOf } from './quantile-gauges.ts';
import { WeightedHistogram } from './weighted-histogram.ts';

/** What has happened since the update before. */
export interface MetricsUpdate {
  readonly histograms: readonly HistogramSlice[];
  readonly counters: readonly CounterSlice[];
  readonly connectErrors: readonly ConnectErrorSlice[];
  readonly wantedRatePerSec: RatePerSec;
  /** Every fault of the scenario, whether or not it is active now. */
  readonly faults: readonly FaultState[];
}

export interface FaultState {
  readonly fault: string;
  readonly placeKind: string;
  readonly place: string;
  readonly effect: string;
  readonly active: boolean;
}

export interface RunMetricsOptions {
  readonly runId: string;
  readonly scenario: string;
  /** Returns the quantiles of a histogram that its sample can carry. */
  readonly quantilesOf: QuantilesOf;
  /** Returns which target a step calls. */
  readonly targetOf: (step: string) => string;
  /** Most series of one kind (label sets of the calls, phases x steps); {@link LABEL_SETS_MAX}. */
  readonly labelSetsMax?: number;
}

/** A scenario of 20 phases x 20 steps fits; what is past it is refused and counted. */
export const LABEL_SETS_MAX = 400;

/** Counters of each step with a policy; the others are of phases. */
const OF_STEPS = COUNTERS.filter((name) => RUN_COUNTERS[name].labels.includes('step'));
const OF_PHASES = COUNTERS.filter((name) => !OF_STEPS.includes(name));

/** Outcomes of calls that were sent. */
const SENT = OUTCOMES.filter((outcome) => outcome !== 'dropped');

/**
 * One run as Prometheus metrics. Counters and the histogram grow with every update; the quantile
 * gauges are computed when someone asks for the text, and only where something came in since.
 */
export class RunMetrics {
  readonly registry = new Registry();
  readonly #options: RunMetricsOptions;
  readonly #calls = this.#counter(CALLS);
  readonly #answers = this.#counter(ANSWERS);
  readonly #endpointAttempts = this.#counter(ENDPOINT_ATTEMPTS);
  /** The statuses that have a series, by phase and step. */
  readonly #statuses = new Map<string, Set<string>>();
  readonly #runCounters = newRunCounters((definition) => this.#counter(definition));
  readonly #connectErrors = this.#counter(CONNECT_ERRORS);
  readonly #histogram = new WeightedHistogram({
    ...RESPONSE_TIME_HISTOGRAM,
    labelNames: RESPONSE_TIME_HISTOGRAM.labels,
    registry: this.registry,
  });
  readonly #wantedRate = this.#gauge(WANTED_RATE);
  readonly #faultActive = this.#gauge(FAULT_ACTIVE);
  readonly #refused = this.#counter(REFUSED_LABEL_SETS);
  readonly #quantiles = [RESPONSE_TIME, SERVICE_TIME, LAG].map(
    (family) => new QuantileGauges(family, (definition) => this.#gauge(definition)),
  );
  readonly #bound: LabelSetBound;

  constructor(options: RunMetricsOptions) {
    this.#options = options;
    this.#bound = new LabelSetBound(options.labelSetsMax ?? LABEL_SETS_MAX, () =>
      this.#refused.inc(),
    );
    this.#gauge(RUN_INFO).set({ run_id: options.runId, scenario: options.scenario }, 1);
    this.#refused.inc(0);
  }

  update(update: MetricsUpdate): void {
    for (const slice of update.histograms) this.#addHistogram(slice);
    for (const slice of update.counters) this.#addCounter(slice);
    for (const slice of update.connectErrors) this.#addConnectErrors(slice);
    this.#wantedRate.set(update.wantedRatePerSec);
    for (const { fault, placeKind, place, effect, active } of update.faults) {
      const labels = { fault, place_kind: placeKind, place, effect };
      if (!this.#bound.admits(FAULT_ACTIVE.name, labels)) continue;
      this.#faultActive.set(labels, active ? 1 : 0);
    }
  }

  /** Returns the text of a scrape. */
  text(): Promise<string> {
    for (const gauges of this.#quantiles) gauges.refresh(this.#options.quantilesOf);
    return this.registry.metrics();
  }

  /** A new phase starts with every counter at 0: nothing dropped is a number, not an absence. */
  #addCounter({ counter, phase, step, value }: CounterSlice): void {
    const isNew = !this.#bound.holds('run counters', { phase });
    if (!this.#bound.admits('run counters', { phase })) return;
    if (isNew) for (const name of OF_PHASES) this.#runCounters[name].inc({ phase }, 0);
    if (isEndpointCounter(counter)) {
      const endpoint = endpointOfCounter(counter) ?? '';
      const labels = { phase, step, target: this.#options.targetOf(step), endpoint };
      if (this.#bound.admits(ENDPOINT_ATTEMPTS.name, labels)) {
        this.#endpointAttempts.inc(labels, value);
      }
      return;
    }
    if (isStatusCounter(counter)) {
      const status = statusOfCounter(counter) ?? OTHER_STATUS;
      this.#addAnswers({ phase, step, status, value });
      return;
    }
    const by = value * (RUN_COUNTERS[counter].step ?? 1);
    if (!OF_STEPS.includes(counter)) this.#runCounters[counter].inc({ phase }, by);
    else if (this.#admitsPolicy({ phase, step }))
      this.#runCounters[counter].inc({ phase, step }, by);
  }

  /** A step with a policy starts with every counter of those at 0. */
  #admitsPolicy(labels: Readonly<Record<'phase' | 'step', string>>): boolean {
    const isNew = !this.#bound.holds('policy counters', labels);
    const admitted = this.#bound.admits('policy counters', labels);
    if (admitted && isNew) for (const name of OF_STEPS) this.#runCounters[name].inc(labels, 0);
    return admitted;
  }

  #addAnswers({ phase, step, status, value }: AnswerCount): void {
    const labels = { phase, step, target: this.#options.targetOf(step) };
    if (!this.#bound.admits(ANSWERS.name, labels)) return;
    const key = JSON.stringify([phase, step]);
    const known = this.#statuses.get(key) ?? new Set<string>();
    this.#statuses.set(key, known);
    const isKnown = known.has(status) || known.size < STATUSES_MAX;
    if (isKnown) known.add(status);
    this.#answers.inc({ ...labels, status: isKnown ? status : OTHER_STATUS }, value);
  }

  #addConnectErrors({ phase, target, text, count }: ConnectErrorSlice): void {
    const labels = { phase, target, reason: connectReasonOf(text) };
    if (this.#bound.admits(CONNECT_ERRORS.name, labels)) this.#connectErrors.inc(labels, count);
  }

  #addHistogram(slice: HistogramSlice): void {
    const { phase, step, target, outcome } = slice;
    if (slice.clock === 'response' && outcome !== 'dropped') {
      if (this.#admitsCalls({ phase, step, target })) {
        this.#calls.inc({ phase, step, target, outcome }, sum(slice.count));
      }
      if (
        TIMED_OUTCOMES.has(outcome) &&
        this.#bound.admits(RESPONSE_TIME_HISTOGRAM.name, { phase, step })
      ) {
        this.#histogram.add({ phase, step }, slice);
      }
    }
    if (slice.clock !== 'lag' && !TIMED_OUTCOMES.has(outcome)) return;
    const gauges = this.#quantiles.find(({ clock }) => clock === slice.clock);
    if (!gauges) return;
    const labels = gauges.labelsOf(slice);
    if (this.#bound.admits(`${slice.clock} quantiles`, labels)) {
      gauges.add(labels, slice, CENSORED_OUTCOMES.has(outcome));
    }
  }

  /**
   * A new series of calls starts with every outcome at 0, so that a rate sees its first failure.
   */
  #admitsCalls(labels: Readonly<Record<'phase' | 'step' | 'target', string>>): boolean {
    const isNew = !this.#bound.holds(CALLS.name, labels);
    const admitted = this.#bound.admits(CALLS.name, labels);
    if (admitted && isNew) for (const outcome of SENT) this.#calls.inc({ ...labels, outcome }, 0);
    return admitted;
  }

  #counter({ name, help, labels }: MetricDefinition): Counter {
    return new Counter({ name, help, labelNames: labels, registers: [this.registry] });
  }

  #gauge({ name, help, labels }: MetricDefinition): Gauge {
    return new Gauge({ name, help, labelNames: labels, registers: [this.registry] });
  }
}

interface AnswerCount {
  readonly phase: string;
  readonly step: string;
  readonly status: string;
  readonly value: number;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function newRunCounters(
  create: (definition: MetricDefinition) => Counter,
): Readonly<Record<CounterName, Counter>> {
  const entries = COUNTERS.map((name) => [name, create(RUN_COUNTERS[name])] as const);
  return Object.fromEntries(entries) as Record<CounterName, Counter>;
}
