import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import { MemoryNumbers, type AnalyzedSource } from '../analyze/index.ts';
import {
  epochMsFromNs,
  epochNsFromMs,
  counted,
  type ConnectErrorSlice,
  type CounterSlice,
  type ErrorSlice,
  type FaultWindow,
  type HistogramSlice,
  type RunRecord,
  type Span,
  type SpanKind,
  type SpanStatus,
} from '../core/index.ts';
import type { Sink } from '../record/index.ts';
import {
  ANALYZED_ATTRIBUTES,
  memorySpanWindows,
  memoryStepTraces,
  MemorySpans,
} from '../spans/index.ts';
import { RunIds } from '../trace/index.ts';
import type { WhyTraces } from './stored/stored-why.ts';

export interface KeptRunLimits {
  /** Most compressed bytes of numbers: about 3 KB per step and second. */
  readonly numberBytesMax: number;
  readonly spansMax: number;
}

const LIMITS: KeptRunLimits = { numberBytesMax: 128 * 1024 * 1024, spansMax: 200_000 };

interface Numbers {
  readonly histograms?: readonly HistogramSlice[];
  readonly counters?: readonly CounterSlice[];
  readonly errors?: readonly ErrorSlice[];
  readonly connectErrors?: readonly ConnectErrorSlice[];
}

/** A span as far as an analysis reads it. */
type SpanTuple = readonly [
  traceId: string,
  spanId: string,
  parentSpanId: string,
  name: string,
  kind: SpanKind,
  serviceName: string,
  startEpochNs: string,
  durationNs: string,
  status: SpanStatus,
  statusMessage: string,
  attributes: readonly string[],
];

/** Those of which a report depends, and those by which calls of steps are told apart. */
const KEPT_ATTRIBUTES = [
  ...ANALYZED_ATTRIBUTES,
  'callgauge.attempt',
  'callgauge.call.outcome',
  'callgauge.lag_ns',
  'callgauge.wait_ns',
  'http.request.resend_count',
];

const deflated = promisify(deflateRaw);

/**
 * A sink that passes everything on to another and keeps, compressed, what the report of one run is
 * computed from: for the case that the store is away when it is wanted.
 */
export class KeptRun implements Sink {
  readonly #sink: Sink;
  readonly #runId: string;
  readonly #limits: KeptRunLimits;
  readonly #numbers: Promise<Uint8Array>[] = [];
  readonly #spans: Promise<Uint8Array>[] = [];
  readonly #windows: FaultWindow[] = [];
  /** Spans that the sink did not take come again. */
  readonly #known = new WeakSet<Span>();
  #run: RunRecord | undefined;
  #numberBytes = 0;
  #spanCount = 0;
  #leftOutSlices = 0;
  #leftOutSpans = 0;

  constructor(sink: Sink, runId: string, limits: KeptRunLimits = LIMITS) {
    this.#sink = sink;
    this.#runId = runId;
    this.#limits = limits;
  }

  writeRun(run: RunRecord): Promise<void> {
    if (run.runId === this.#runId) this.#run = run;
    return this.#sink.writeRun(run);
  }

  writeSpans(spans: readonly Span[]): Promise<void> {
    this.#keepSpans(
      spans.filter((span) => span.traceId.startsWith(this.#runId) && !this.#known.has(span)),
    );
    return this.#sink.writeSpans(spans);
  }

  writeHistograms(runId: string, histograms: readonly HistogramSlice[]): Promise<void> {
    this.#keepNumbers(runId, { histograms });
    return this.#sink.writeHistograms(runId, histograms);
  }

  writeCounters(runId: string, counters: readonly CounterSlice[]): Promise<void> {
    this.#keepNumbers(runId, { counters });
    return this.#sink.writeCounters(runId, counters);
  }

  writeErrors(runId: string, errors: readonly ErrorSlice[]): Promise<void> {
    this.#keepNumbers(runId, { errors });
    return this.#sink.writeErrors(runId, errors);
  }

  writeConnectErrors(runId: string, connectErrors: readonly ConnectErrorSlice[]): Promise<void> {
    this.#keepNumbers(runId, { connectErrors });
    return this.#sink.writeConnectErrors(runId, connectErrors);
  }

  writeFaultWindows(runId: string, windows: readonly FaultWindow[]): Promise<void> {
    if (runId === this.#runId) this.#windows.push(...windows);
    return this.#sink.writeFaultWindows(runId, windows);
  }

  /** Says what found no room here and is missing from {@link source}; '' for nothing. */
  get leftOut(): string {
    const slices = counted(this.#leftOutSlices, 'part of a second', 'parts of seconds');
    const parts = [
      ...(this.#leftOutSlices > 0 ? [slices] : []),
      ...(this.#leftOutSpans > 0 ? [counted(this.#leftOutSpans, 'span')] : []),
    ];
    return parts.join(' and ');
  }

  /** Returns the run as the store would; undefined before it has begun. */
  async source(): Promise<AnalyzedSource | undefined> {
    if (this.#run === undefined) return undefined;
    const numbers = (await Promise.all(this.#numbers)).map((b) => inflated(b) as Numbers);
    return sourceOf(this.#run, numbers, await this.#keptSpans(), this.#windows);
  }

  /** Returns the traces of the run, with what is kept of their attributes. */
  async traces(): Promise<WhyTraces> {
    const spans = await this.#keptSpans();
    return {
      steps: memoryStepTraces(spans),
      windows: memorySpanWindows(spans),
      noAttributes: 'Attributes of services were not compared: they are in the store alone.',
    };
  }

  async #keptSpans(): Promise<readonly Span[]> {
    const parts = await Promise.all(this.#spans);
    return parts.flatMap((bytes) => (inflated(bytes) as SpanTuple[]).map(spanOf));
  }

  #keepNumbers(runId: string, numbers: Numbers): void {
    if (runId !== this.#runId) return;
    if (this.#numberBytes > this.#limits.numberBytesMax) {
      this.#leftOutSlices++;
      return;
    }
    const packed = compress(JSON.stringify(numbers));
    this.#numbers.push(packed);
    void packed.then((bytes) => (this.#numberBytes += bytes.length));
  }

  #keepSpans(spans: readonly Span[]): void {
    const kept = spans.slice(0, Math.max(0, this.#limits.spansMax - this.#spanCount));
    for (const span of spans) this.#known.add(span);
    this.#spanCount += kept.length;
    this.#leftOutSpans += spans.length - kept.length;
    if (kept.length > 0) this.#spans.push(compress(JSON.stringify(kept.map(tupleOf))));
  }
}

function sourceOf(
  run: RunRecord,
  numbers: readonly Numbers[],
  spans: readonly Span[],
  windows: readonly FaultWindow[],
): AnalyzedSource {
  // A store holds whole nanoseconds.
  const startEpochNs = epochNsFromMs(run.startedEpochMs);
  const endEpochNs = epochNsFromMs(run.endedEpochMs);
  const ofNumbers = new MemoryNumbers({
    run: {
      ...run,
      startedEpochMs: epochMsFromNs(startEpochNs),
      endedEpochMs: epochMsFromNs(endEpochNs),
    },
    histograms: numbers.flatMap(({ histograms = [] }) => histograms),
    counters: numbers.flatMap(({ counters = [] }) => counters),
    errors: numbers.flatMap(({ errors = [] }) => errors),
    connectErrors: numbers.flatMap(({ connectErrors = [] }) => connectErrors),
    windows,
  });
  const ids = new RunIds(run.runId);
  const ofSpans = new MemorySpans({
    spans,
    startEpochNs,
    endEpochNs,
    isCallId: (spanId) => ids.spanSeqOf(spanId) !== undefined,
  });
  return {
    run: (runId) => ofNumbers.run(runId),
    series: () => ofNumbers.series(),
    seconds: (runId, clocks) => ofNumbers.seconds(runId, clocks),
    counters: () => ofNumbers.counters(),
    counterSeconds: (runId, counters) => ofNumbers.counterSeconds(runId, counters),
    arrivals: () => ofNumbers.arrivals(),
    errors: () => ofNumbers.errors(),
    connectErrors: () => ofNumbers.connectErrors(),
    faultWindows: () => ofNumbers.faultWindows(),
    edges: (runId, ranges) => ofSpans.edges(runId, ranges),
    failedAttempts: (runId, ranges) => ofSpans.failedAttempts(runId, ranges),
    slowestCalls: (runId, phases, limit) => ofSpans.slowestCalls(runId, phases, limit),
    failureExamples: (runId, phases) => ofSpans.failureExamples(runId, phases),
    spanCounts: () => ofSpans.spanCounts(),
    servedCalls: () => ofSpans.servedCalls(),
  };
}

/** Returns a text compressed, in no more memory than that: zlib gives a view of 16 KiB. */
async function compress(text: string): Promise<Uint8Array> {
  return new Uint8Array(await deflated(text));
}

function inflated(bytes: Uint8Array): unknown {
  return JSON.parse(inflateRawSync(bytes).toString('utf8'));
}

function tupleOf(span: Span): SpanTuple {
  const { traceId, spanId, parentSpanId, name, kind, serviceName, status, statusMessage } = span;
  return [
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    serviceName,
    String(span.startEpochNs),
    String(BigInt.asIntN(64, span.durationNs)),
    status,
    statusMessage,
    KEPT_ATTRIBUTES.map((attribute) => span.attributes[attribute] ?? ''),
  ];
}

/** The rest of the span is not read: it is left empty. */
function spanOf(tuple: SpanTuple): Span {
  const [traceId, spanId, parentSpanId, name, kind, serviceName, start, duration] = tuple;
  const [, , , , , , , , status, statusMessage, values] = tuple;
  const entries = KEPT_ATTRIBUTES.map((attribute, i) => [attribute, values[i] ?? ''] as const);
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    serviceName,
    startEpochNs: BigInt(start),
    durationNs: BigInt(duration),
    status,
    statusMessage,
    attributes: Object.fromEntries(entries.filter(([, value]) => value !== '')),
    traceState: '',
    resourceAttributes: {},
    scopeName: '',
    scopeVersion: '',
    events: [],
    links: [],
  };
}
