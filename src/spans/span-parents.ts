import type { Span, SpanKind } from '../core/index.ts';

/** Who is above whom in one trace. */
export interface SpanParents {
  /** Every span once, by their starts; a caller before those that start with it. */
  readonly spans: readonly Span[];
  /**
   * Returns the span above this one, which may be itself; undefined where it is not among them, or
   * where the span names none.
   */
  readonly parentOf: (span: Span) => Span | undefined;
}

/** The side of a call that waits or sends; of two spans with one id it is the upper one. */
const CALLER_KINDS: ReadonlySet<SpanKind> = new Set(['Client', 'Producer']);

/**
 * Finds the parents of the spans of one trace. A parent is named by its id; two spans may share an
 * id, for Zipkin and Envoy let the server go on with the span that its client began:
 *
 *   front  Server  1           front  Server  1
 *   front  Client  2 of 1      └ front  Client  2
 *   stock  Server  2 of 1   ►    └ stock  Server  2
 *   stock  Client  3 of 2          └ stock  Client  3
 *
 * The server is below its client, whatever parent it names; what names the shared id belongs to the
 * span of its own service, else to the server. Spans that agree in id, kind, service and start are
 * one span that was delivered again: the longest of them counts.
 */
export function findParents(spans: readonly Span[]): SpanParents {
  const unique = new Map<string, Span>();
  for (const span of spans.toSorted(byStart)) {
    const { spanId, kind, serviceName, startEpochNs } = span;
    const identity = JSON.stringify([spanId, kind, serviceName, String(startEpochNs)]);
    if (!unique.has(identity)) unique.set(identity, span);
  }
  const ordered = [...unique.values()];
  const byId = Map.groupBy(ordered, (span) => span.spanId);
  return {
    spans: ordered,
    parentOf: (span) => {
      const alike = byId.get(span.spanId) ?? [];
      if (!isCaller(span)) {
        const caller = alike.find((other) => other !== span && isCaller(other));
        if (caller !== undefined) return caller;
      }
      // A span without an id is nobody's parent.
      if (span.parentSpanId === '') return undefined;
      return nearestOf(byId.get(span.parentSpanId) ?? [], span);
    },
  };
}

/** Of spans with the id that a span names as its parent's, returns the one that it belongs to. */
function nearestOf(candidates: readonly Span[], span: Span): Span | undefined {
  const others = candidates.filter((other) => other !== span);
  const own = others.filter((other) => other.serviceName === span.serviceName);
  return (
    own.findLast(isCallee) ?? own[0] ?? others.findLast(isCallee) ?? others[0] ?? candidates[0]
  );
}

function isCaller(span: Span): boolean {
  return CALLER_KINDS.has(span.kind);
}

function isCallee(span: Span): boolean {
  return !isCaller(span);
}

function byStart(a: Span, b: Span): number {
  if (a.startEpochNs !== b.startEpochNs) return a.startEpochNs < b.startEpochNs ? -1 : 1;
  if (a.durationNs !== b.durationNs) return a.durationNs > b.durationNs ? -1 : 1;
  if (a.spanId !== b.spanId) return a.spanId < b.spanId ? -1 : 1;
  if (isCaller(a) !== isCaller(b)) return isCaller(a) ? -1 : 1;
  return `${a.kind} ${a.serviceName}` < `${b.kind} ${b.serviceName}` ? -1 : 1;
}
