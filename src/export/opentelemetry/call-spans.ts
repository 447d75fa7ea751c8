import {
  type Attributes,
  type HrTime,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import {
  epochNsFromMs,
  invariant,
  type Ms,
  type Ns,
  type Span,
  statusText,
} from '../../core/index.ts';
import type { KeptCall } from '../../record/index.ts';
import {
  callAttributes,
  endpointAttributes,
  type CallEndpoint,
  type CallFaults,
} from './call-attributes.ts';
import { textAttributes } from './core-span.ts';
import { SentIds } from './sent-ids.ts';
import { StoringSpanProcessor } from './storing-span-processor.ts';

/** The ids that calls were sent with, by their numbers; `RunIds` of src/trace is one. */
export interface CallIds {
  traceId(seq: number): string;
  spanId(spanSeq: number): string;
}

export interface CallSpansRun {
  readonly runId: string;
  readonly scenario: string;
  /** Wall time from which the calls' instants count. */
  readonly originEpochMs: Ms;
  readonly harnessVersion: string;
}

export interface CallSpansOptions {
  readonly run: CallSpansRun;
  readonly ids: CallIds;
  /** Where the calls of each step go, by the step's name. */
  readonly endpoints: ReadonlyMap<string, CallEndpoint>;
  /** Stores spans; what it resolves for is durable. Called with one batch at a time. */
  readonly accept: (spans: readonly Span[]) => Promise<void>;
  /** Most spans that wait for the store; 50,000 where not given. */
  readonly maxBuffered?: number;
}

/** An endpoint of a step, and what the spans of all calls to it say. */
interface SharedAttributes {
  readonly to: CallEndpoint;
  readonly shared: Attributes;
}

const DEFAULT_MAX_BUFFERED = 50_000;
const MAX_BATCH = 10_000;
const NS_PER_SEC = 1_000_000_000;
const SERVICE_NAME = 'callgauge';

/**
 * Turns kept calls into the harness's own spans, through OpenTelemetry's API and SDK: one span per
 * call, made after it, with its own times and the ids that went out with it.
 *
 * Nothing of it is global and nothing of it heeds OTEL_* variables: a sampler or a limit that a
 * developer set for a service must not thin out the measurement.
 */
export class CallSpans {
  readonly #ids: CallIds;
  readonly #sentIds = new SentIds();
  readonly #processor: StoringSpanProcessor;
  readonly #tracer: Tracer;
  /** Of each step, by endpoint, with the attributes that all its calls share. */
  readonly #steps: ReadonlyMap<string, readonly SharedAttributes[]>;
  readonly #originSec: number;
  readonly #originNs: number;

  constructor(options: CallSpansOptions) {
    const { run, endpoints, accept } = options;
    this.#ids = options.ids;
    const resource = { 'service.name': SERVICE_NAME, 'service.version': run.harnessVersion };
    this.#processor = new StoringSpanProcessor({
      accept,
      resourceAttributes: textAttributes(resource),
      maxBuffered: options.maxBuffered ?? DEFAULT_MAX_BUFFERED,
      maxBatch: MAX_BATCH,
    });
    this.#tracer = new NodeTracerProvider({
      resource: resourceFromAttributes(resource),
      sampler: new AlwaysOnSampler(),
      spanLimits: { attributeCountLimit: 128, attributeValueLengthLimit: Infinity },
      idGenerator: this.#sentIds,
      spanProcessors: [this.#processor],
    }).getTracer(SERVICE_NAME, run.harnessVersion);
    const runAttributes = { 'callgauge.run.id': run.runId, 'callgauge.scenario': run.scenario };
    this.#steps = new Map(
      [...endpoints].map(([step, first]) => {
        const all = [first, ...(first.others ?? [])];
        const shared = all.map((to) => ({
          to,
          shared: { ...runAttributes, ...endpointAttributes(to) },
        }));
        return [step, shared];
      }),
    );
    const originEpochNs = epochNsFromMs(run.originEpochMs);
    this.#originSec = Number(originEpochNs / BigInt(NS_PER_SEC));
    this.#originNs = Number(originEpochNs % BigInt(NS_PER_SEC));
  }

  /** Spans that are durable. */
  get stored(): number {
    return this.#processor.stored;
  }

  /** Spans that found the buffer full. */
  get dropped(): number {
    return this.#processor.dropped;
  }

  /** Spans that are neither: they wait for the store. */
  get buffered(): number {
    return this.#processor.buffered;
  }

  /** Makes the call's span. */
  add(call: KeptCall, faults: CallFaults): void {
    const step = this.#steps.get(call.step)?.[call.endpoint ?? 0];
    invariant(step, `the endpoint of step '${call.step}' is known`);
    this.#sentIds.next(this.#ids.traceId(call.seq), this.#ids.spanId(call.spanSeq));
    const span = this.#tracer.startSpan(
      call.step,
      {
        kind: SpanKind.CLIENT,
        startTime: this.#wallTime(call.sentNs),
        attributes: { ...step.shared, ...callAttributes(call, step.to, faults) },
      },
      ROOT_CONTEXT,
    );
    if (call.outcome !== 'ok') {
      span.setStatus({ code: SpanStatusCode.ERROR, message: failureText(call, step.to) });
    }
    span.end(this.#wallTime(call.endNs));
  }

  /**
   * Resolves when every span made so far is stored or counted as dropped. Rejects with the store's
   * error where it does not take them; they stay buffered, and another flush tries again.
   */
  flush(): Promise<void> {
    return this.#processor.forceFlush();
  }

  #wallTime(ns: Ns): HrTime {
    const sinceNs = this.#originNs + ns;
    // Below 0 for what came before the origin.
    const seconds = Math.floor(sinceNs / NS_PER_SEC);
    return [this.#originSec + seconds, sinceNs - seconds * NS_PER_SEC];
  }
}

function failureText(call: KeptCall, { statusNames }: CallEndpoint): string {
  if (call.outcome === 'status') {
    const shown = statusText(call.status, statusNames);
    return `status ${call.error.startsWith(`${shown}: `) ? call.error : shown}`;
  }
  return call.error === '' ? call.outcome : `${call.outcome}: ${call.error}`;
}
