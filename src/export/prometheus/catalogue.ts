import { CONNECT_REASONS, NS_PER_SEC, type CounterName } from '../../core/index.ts';

/** What docs/reference/metrics.md says of a metric; the registry is built from the same entries. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** `1` for a number without a unit. */
  readonly unit: 'seconds' | 'bytes' | 'per second' | '1';
  readonly labels: readonly string[];
  readonly help: string;
  /** What one of what is counted adds, in `unit`; 1 where it is not given. */
  readonly step?: number;
}

/** Calls that ended, by how they ended. */
export const CALLS: MetricDefinition = {
  name: 'callgauge_calls_total',
  type: 'counter',
  unit: '1',
  labels: ['phase', 'step', 'target', 'outcome'],
  help: 'Calls that ended, by outcome: ok, status, timeout, transport, check, rejected, fallback or cancelled.',
};

/** Different statuses of one step in one phase; those past it count as {@link OTHER_STATUS}. */
export const STATUSES_MAX = 20;
export const OTHER_STATUS = 'other';

/** Whole answers by what they said, whether or not that counts as ok. */
export const ANSWERS: MetricDefinition = {
  name: 'callgauge_answers_total',
  type: 'counter',
  unit: '1',
  labels: ['phase', 'step', 'target', 'status'],
  help: `Whole answers by their status, as its protocol shows it: 200, UNAVAILABLE; ${OTHER_STATUS} past ${STATUSES_MAX} different ones.`,
};

/** Attempts by the endpoint that they went to, of targets with several. */
export const ENDPOINT_ATTEMPTS: MetricDefinition = {
  name: 'callgauge_endpoint_attempts_total',
  type: 'counter',
  unit: '1',
  labels: ['phase', 'step', 'target', 'endpoint'],
  help: 'Attempts that went to an endpoint of a target that has several.',
};

/**
 * The percentiles of one clock, computed from the run's own histograms. Their label is not named
 * `quantile`: that one belongs to Prometheus' summaries, and promtool objects to it elsewhere.
 */
export interface QuantileFamily {
  readonly clock: 'response' | 'service' | 'lag';
  readonly value: MetricDefinition;
  readonly lower: MetricDefinition;
  readonly upper: MetricDefinition;
  readonly samples: MetricDefinition;
}

/** From the intended start: what a user of the system would have waited. */
export const RESPONSE_TIME = quantileFamily('response', 'response_time', {
  labels: ['phase', 'step'],
  what: 'end of the call minus its intended start; timeouts and cancelled calls at their bound',
});

/** From the moment of sending: what the target took. */
export const SERVICE_TIME = quantileFamily('service', 'service_time', {
  labels: ['phase', 'step'],
  what: 'end of an attempt minus the moment it was sent; timeouts and cancelled ones at their bound',
});

/** The generator's own delay: large values make the measurement invalid. */
export const LAG = quantileFamily('lag', 'lag', {
  labels: ['phase'],
  what: 'when the generator saw that an arrival was due, minus when it was due',
});

/** For heat maps only: no percentile read from it is finer than a bucket. */
export const RESPONSE_TIME_HISTOGRAM: MetricDefinition = {
  name: 'callgauge_response_time_seconds',
  type: 'histogram',
  unit: 'seconds',
  labels: ['phase', 'step'],
  help:
    'Response time in buckets that grow by a factor of 1.2, for heat maps: a percentile read from ' +
    'it is up to 20 percent off, the quantile gauges are not.',
};

/** One Prometheus counter for each counter of a run. */
export const RUN_COUNTERS: Readonly<Record<CounterName, MetricDefinition>> = {
  arrivals: counter('arrivals', '1', ['phase'], 'Arrivals that the schedule made due.'),
  dropped_arrivals: counter(
    'dropped_arrivals',
    '1',
    ['phase'],
    'Arrivals that found no free slot and were never sent.',
  ),
  dropped_spans: counter(
    'dropped_spans',
    '1',
    ['phase'],
    'Spans of kept calls that found the span buffer full.',
  ),
  rejected_spans: counter(
    'rejected_spans',
    '1',
    ['phase'],
    'Spans of services that no store can hold; known at the end of the run.',
  ),
  clamped: counter(
    'clamped_values',
    '1',
    ['phase'],
    "Times beyond a histogram's range, counted at its edge.",
  ),
  late_responses: counter(
    'late_responses',
    '1',
    ['phase'],
    'Timed-out attempts whose answer had begun.',
  ),
  redirects: counter(
    'redirects',
    '1',
    ['phase'],
    'Answers that were followed to where they sent their call.',
  ),
  abandoned_steps: counter(
    'abandoned_steps',
    '1',
    ['phase'],
    'Later steps of a flow that were not sent since an earlier one failed.',
  ),
  failed_iterations: counter(
    'failed_iterations',
    '1',
    ['phase'],
    'Arrivals whose flow ended early, a call or a hook having failed.',
  ),
  failed_hooks: counter('failed_hooks', '1', ['phase'], 'Hooks that failed.'),
  resent_calls: counter(
    'resent_calls',
    '1',
    ['phase'],
    'Times that calls were sent again, the target having done nothing with them before.',
  ),
  connects: counter('connects', '1', ['phase'], 'Connections opened.'),
  reconnects: counter('reconnects', '1', ['phase'], 'Connections opened again after one was lost.'),
  tls_resumed: counter(
    'tls_resumed',
    '1',
    ['phase'],
    'Connections whose TLS handshake took up an earlier session.',
  ),
  stale_dns: counter(
    'stale_dns',
    '1',
    ['phase'],
    'Connections to a last known address, the name not having been found anew.',
  ),
  bytes_in: counter('received_bytes', 'bytes', ['phase'], 'Bytes received from the targets.'),
  bytes_out: counter('sent_bytes', 'bytes', ['phase'], 'Bytes sent to the targets.'),
  messages_in: counter(
    'messages_received',
    '1',
    ['phase'],
    'Messages of gRPC calls that came whole.',
  ),
  messages_out: counter(
    'messages_sent',
    '1',
    ['phase'],
    'Messages of gRPC calls that were handed out.',
  ),
  attempts: ofPolicy('attempts', 'Attempts of calls with a policy.'),
  retries: ofPolicy('retries', 'Attempts made since the one before had failed.'),
  failed_retries: ofPolicy('failed_retries', 'Retries that failed too.'),
  hedges: ofPolicy('hedges', 'Attempts made beside one that took long.'),
  hedge_wins: ofPolicy('hedge_wins', 'Hedges that answered first.'),
  retries_denied: ofPolicy('retries_denied', 'Retries that their budget did not allow.'),
  hedges_denied: ofPolicy('hedges_denied', 'Hedges that their budget did not allow.'),
  breaker_rejected: ofPolicy('breaker_rejected', 'Attempts that an open breaker refused.'),
  bulkhead_rejected: ofPolicy('bulkhead_rejected', 'Calls that a full bulkhead refused.'),
  rate_limited: ofPolicy('rate_limited', 'Calls that a rate limit refused.'),
  fallbacks: ofPolicy('fallbacks', "Calls that had the policy's own answer in place of a failure."),
  breaker_opened: ofPolicy('breaker_opened', 'Times that a breaker opened.'),
  breaker_open_ns: {
    ...ofPolicy('breaker_open_seconds', 'Time for which the breaker of the step was open.'),
    unit: 'seconds',
    step: 1e-9,
  },
  endpoints_out: counter('endpoints_out', '1', ['phase'], 'Times that an endpoint was taken out.'),
  health_checks: counter(
    'health_checks',
    '1',
    ['phase'],
    'Requests that asked endpoints whether they are well; no calls.',
  ),
  failed_health_checks: counter(
    'failed_health_checks',
    '1',
    ['phase'],
    'Of those, the ones that failed.',
  ),
  sender_ns: threadTime('sender', 'Time for which sending threads were watched.'),
  sender_cpu_ns: threadTime('sender_cpu', 'Time that sending threads spent on a core.'),
  loop_busy_ns: threadTime(
    'sender_busy',
    'Time that sending threads were awake in turns of the loop that read an answer.',
  ),
  run_delay_ns: threadTime(
    'sender_run_delay',
    'Time that sending threads were ready to run while the host ran something else.',
  ),
  gc_pause_ns: threadTime(
    'sender_gc_pause',
    'Time that garbage collections held sending threads up.',
  ),
  lost_threads: counter(
    'lost_threads',
    '1',
    ['phase'],
    'Sending threads that no longer answered and were ended.',
  ),
};

/** Connections that could not be opened. */
export const CONNECT_ERRORS: MetricDefinition = {
  name: 'callgauge_connect_errors_total',
  type: 'counter',
  unit: '1',
  labels: ['phase', 'target', 'reason'],
  help: `Connections that could not be opened, by reason: ${CONNECT_REASONS.join(', ')}.`,
};

/** The rate that the schedule wants at this moment. */
export const WANTED_RATE: MetricDefinition = {
  name: 'callgauge_wanted_rate',
  type: 'gauge',
  unit: 'per second',
  labels: [],
  help: 'Arrivals per second that the schedule wants at this moment.',
};

/** Whether a fault is active at this moment. */
export const FAULT_ACTIVE: MetricDefinition = {
  name: 'callgauge_fault_active',
  type: 'gauge',
  unit: '1',
  labels: ['fault', 'place_kind', 'place', 'effect'],
  help: '1 while the fault is active, 0 otherwise; place_kind is proxy, service or process.',
};

/** Which run this endpoint belongs to. */
export const RUN_INFO: MetricDefinition = {
  name: 'callgauge_run_info',
  type: 'gauge',
  unit: '1',
  labels: ['run_id', 'scenario'],
  help: 'Always 1; the labels name the run.',
};

/** The counter of the bound on label sets. */
export const REFUSED_LABEL_SETS: MetricDefinition = {
  name: 'callgauge_metrics_refused_label_sets_total',
  type: 'counter',
  unit: '1',
  labels: [],
  help: 'Updates left out of this endpoint since its bound on label sets was reached.',
};

/** Every metric that `--metrics` serves, in the order of the page. */
export const METRICS: readonly MetricDefinition[] = [
  RUN_INFO,
  WANTED_RATE,
  CALLS,
  ANSWERS,
  ENDPOINT_ATTEMPTS,
  ...Object.values(RUN_COUNTERS),
  CONNECT_ERRORS,
  ...[RESPONSE_TIME, SERVICE_TIME, LAG].flatMap((family) => [
    family.value,
    family.lower,
    family.upper,
    family.samples,
  ]),
  RESPONSE_TIME_HISTOGRAM,
  FAULT_ACTIVE,
  REFUSED_LABEL_SETS,
];

function counter(
  stem: string,
  unit: MetricDefinition['unit'],
  labels: readonly string[],
  help: string,
): MetricDefinition {
  return { name: `callgauge_${stem}_total`, type: 'counter', unit, labels, help };
}

/** A counter of steps with a policy. */
function ofPolicy(stem: string, help: string): MetricDefinition {
  return counter(stem, '1', ['phase', 'step'], help);
}

/** A counter of nanoseconds, shown in seconds as Prometheus has it. */
function threadTime(stem: string, help: string): MetricDefinition {
  const definition = counter(`${stem}_seconds`, 'seconds', ['phase'], help);
  return { ...definition, step: 1 / NS_PER_SEC };
}

function quantileFamily(
  clock: QuantileFamily['clock'],
  stem: string,
  options: { readonly labels: readonly string[]; readonly what: string },
): QuantileFamily {
  const gauge = (suffix: string, what: string): MetricDefinition => ({
    name: `callgauge_${stem}_quantile${suffix}_seconds`,
    type: 'gauge',
    unit: 'seconds',
    labels: [...options.labels, 'percentile'],
    help: `${what} since the start of the phase (${options.what}).`,
  });
  return {
    clock,
    value: gauge('', 'Quantile'),
    lower: gauge('_lower', 'Lower end of the 95 percent interval of the quantile'),
    upper: gauge('_upper', 'Upper end of the 95 percent interval of the quantile'),
    samples: {
      name: `callgauge_${stem}_samples`,
      type: 'gauge',
      unit: '1',
      labels: options.labels,
      help: 'Values that the quantiles of this phase rest on.',
    },
  };
}
