import { NS_PER_SEC, type Span, type TimeRange } from '../core/index.ts';
import { attemptsOf, byKey, edgesOf, failedOf } from './memory-attempts.ts';
import type {
  EdgeAttempts,
  FailedAttempts,
  FailureExample,
  ServedCalls,
  SpanCounts,
  SpanSource,
} from './span-source.ts';

/** The spans of one run, in memory. */
export interface SpansOfRun {
  readonly spans: readonly Span[];
  /** When the run started. */
  readonly startEpochNs: bigint;
  /** When it ended; 0 while it goes on. */
  readonly endEpochNs: bigint;
  /** Returns whether the run minted this span id for a call. */
  readonly isCallId: (spanId: string) => boolean;
}

/** What of a SpanSource the analysis of a run asks for. */
export type AnalyzedSpans = Omit<SpanSource, 'trace' | 'tracesBeginning' | 'lastFailedTrace'>;

/** The attributes of which an answer of {@link MemorySpans} depends. */
export const ANALYZED_ATTRIBUTES: readonly string[] = [
  'callgauge.fault',
  'callgauge.kept',
  'callgauge.outcome',
  'callgauge.phase',
  'callgauge.reason',
  'callgauge.response_ns',
  'callgauge.step',
  'error.type',
  'http.response.status_code',
  'http.status_code',
  'net.peer.ip',
  'net.peer.name',
  'net.peer.port',
  'net.sock.peer.addr',
  'net.sock.peer.port',
  'network.peer.address',
  'network.peer.port',
  'peer.service',
  'rpc.grpc.status_code',
  'rpc.response.status_code',
  'server.address',
  'server.port',
  'server.service.name',
  'service.peer.name',
];

const OWN = 'callgauge';
const DAY_NS = 86_400_000_000_000n;
const MINUTE_NS = 60_000_000_000n;
const SEC_NS = BigInt(NS_PER_SEC);
const EXAMPLES_MAX = 1_000;
const ANSWERED = ['ok', 'status', 'check'];
/** Why a call is kept that is not for its own sake, or is no part of the load. */
const OTHER_REASONS = ['trace', 'setup', 'teardown'];

/**
 * Answers about the spans of one run what the store's queries answer, to the digit: for the report
 * of a run whose store is away. A test holds the two together.
 */
export class MemorySpans implements AnalyzedSpans {
  readonly #run: SpansOfRun;

  constructor(run: SpansOfRun) {
    this.#run = run;
  }

  async edges(_runId: string, ranges: readonly TimeRange[]): Promise<readonly EdgeAttempts[]> {
    return edgesOf(attemptsOf(this.#run.spans, this.#run.startEpochNs, ranges));
  }

  async failedAttempts(
    _runId: string,
    ranges: readonly TimeRange[],
  ): Promise<readonly FailedAttempts[]> {
    return failedOf(attemptsOf(this.#run.spans, this.#run.startEpochNs, ranges));
  }

  async slowestCalls(
    _runId: string,
    phases: readonly string[],
    limit: number,
  ): Promise<readonly Span[]> {
    const sorted = this.#calls(phases).toSorted(
      (a, b) => responseNs(b) - responseNs(a) || compare(a.startEpochNs, b.startEpochNs),
    );
    return [...new Map(sorted.map((span) => [idOf(span), span])).values()].slice(0, limit);
  }

  async failureExamples(
    _runId: string,
    phases: readonly string[],
  ): Promise<readonly FailureExample[]> {
    const failed = this.#calls(phases).filter(({ status }) => status === 'Error');
    const names = ['callgauge.step', 'callgauge.outcome', 'callgauge.reason'];
    const keyOf = ({ attributes }: Span): readonly string[] =>
      names.map((name) => attributes[name] ?? '');
    return byKey(failed, keyOf)
      .toSorted((a, b) => b.length - a.length)
      .slice(0, EXAMPLES_MAX)
      .flatMap((group) => {
        const own = group.toSorted(
          (a, b) => compare(a.startEpochNs, b.startEpochNs) || compare(a.spanId, b.spanId),
        );
        const [first] = own;
        if (first === undefined) return [];
        const [step = '', outcome = '', text = ''] = keyOf(first);
        const ids = new Set([first.traceId, own.at(-1)?.traceId ?? '']);
        return { step, outcome, text, traceIds: [...ids] };
      });
  }

  async spanCounts(): Promise<SpanCounts> {
    const { spans, startEpochNs, endEpochNs } = this.#run;
    const isOutside = ({ kind, serviceName, startEpochNs: at }: Span): boolean =>
      kind === 'Client' &&
      serviceName !== OWN &&
      (at < startEpochNs - SEC_NS || (endEpochNs > startEpochNs && at > endEpochNs + MINUTE_NS));
    const whole = (span: Span): string => `${idOf(span)} ${span.kind} ${span.serviceName}`;
    const count = (of: readonly Span[], keyOf: (span: Span) => string): number =>
      new Set(of.map(keyOf)).size;
    const outside = count(spans.filter(isOutside), (s) => `${idOf(s)} ${s.serviceName}`);
    return {
      harness: count(spans.filter(isOwn), idOf),
      all: count(spans, whole),
      invalid: count(
        spans.filter((s) => s.durationNs < 0n || s.startEpochNs <= 0n),
        whole,
      ),
      ...(outside > 0 && { outside }),
    };
  }

  async servedCalls(): Promise<ServedCalls> {
    const { spans, startEpochNs, isCallId } = this.#run;
    const served = new Map<string, string>(
      spans
        .filter((span) => span.kind === 'Server' && !isOwn(span))
        .filter((span) => span.startEpochNs >= startEpochNs - DAY_NS)
        .map(({ traceId, spanId, parentSpanId }) => {
          const callId = parentSpanId === '' ? spanId : parentSpanId;
          return [`${traceId} ${callId}`, callId] as const;
        }),
    );
    const kept = spans.filter(
      (span) =>
        isOwn(span) &&
        span.startEpochNs >= startEpochNs &&
        ANSWERED.includes(span.attributes['callgauge.outcome'] ?? '') &&
        !OTHER_REASONS.includes(span.attributes['callgauge.kept'] ?? ''),
    );
    const secondOf = (span: Span): number => Number((span.startEpochNs - startEpochNs) / SEC_NS);
    const stepOf = ({ attributes }: Span): string => attributes['callgauge.step'] ?? '';
    const groups = byKey(kept, (s) => [stepOf(s), String(secondOf(s)).padStart(9, '0')]);
    return {
      calls: [...served.values()].filter((callId) => isCallId(callId)).length,
      kept: groups.flatMap((group) => {
        const [first] = group;
        if (first === undefined) return [];
        const ids = new Set(group.map(idOf));
        const seen = [...ids].filter((id) => served.has(id)).length;
        return { step: stepOf(first), second: secondOf(first), calls: ids.size, seen };
      }),
    };
  }

  /** The harness's own root spans of the phases. */
  #calls(phases: readonly string[]): readonly Span[] {
    const wanted = new Set(phases);
    return this.#run.spans.filter(
      (span) =>
        isOwn(span) &&
        span.parentSpanId === '' &&
        span.startEpochNs >= this.#run.startEpochNs &&
        wanted.has(span.attributes['callgauge.phase'] ?? ''),
    );
  }
}

function isOwn({ serviceName }: Span): boolean {
  return serviceName === OWN;
}

function idOf({ traceId, spanId }: Span): string {
  return `${traceId} ${spanId}`;
}

function responseNs({ attributes, durationNs }: Span): number {
  const told = Number(attributes['callgauge.response_ns'] ?? 0);
  // As the store has it: one that ends before it starts lasted for ever.
  return Math.max(Number.isFinite(told) ? told : 0, Number(BigInt.asUintN(64, durationNs)));
}

function compare<T extends bigint | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
