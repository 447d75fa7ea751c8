import type { Span } from '../../core/index.ts';
import { analyzeTrace, type TraceAnalysis } from '../../spans/index.ts';

/** Raised where a field changes its meaning or goes away. */
export const TRACE_VERSION = 1;

/**
 * Returns one trace as JSON: its spans by their starts, each once, with what is known of each, and
 * what they say together. `docs/reference/traces.md` has the fields.
 */
export function renderTraceJson(spans: readonly Span[]): string {
  const analysis = analyzeTrace(spans);
  const document =
    analysis === undefined ? { version: TRACE_VERSION, spans: [] } : documentOf(analysis);
  return JSON.stringify(document, (_key, value: unknown) => textOfBigint(value), 2);
}

function documentOf(analysis: TraceAnalysis): object {
  const { tree, facts, mainRoot, path, completeness } = analysis;
  const numbers = new Map([...facts.keys()].map((span, i) => [span, i]));
  const numberOf = (span: Span | undefined): number | null =>
    span === undefined ? null : (numbers.get(span) ?? null);
  return {
    version: TRACE_VERSION,
    traceId: tree.traceId,
    fromEpochNs: tree.fromEpochNs,
    durationNs: Number(tree.toEpochNs - tree.fromEpochNs),
    invalidCount: tree.invalidCount,
    completeness,
    clocks: tree.skews.map(({ aheadNs, ...skew }) => ({ ...skew, aheadNs: Number(aheadNs) })),
    criticalPath: {
      root: numberOf(mainRoot),
      ambiguousNs: analysis.ambiguousNs,
      segments: path.map(({ span, fromNs, toNs }) => ({ span: numberOf(span), fromNs, toNs })),
    },
    errorOrigins: analysis.origins.map(({ span, kind, blamed, absorbedBy }) => ({
      span: numberOf(span),
      kind,
      blamed: numberOf(blamed),
      absorbedBy: numberOf(absorbedBy),
    })),
    attempts: analysis.attempts.map(({ spans, ...attempts }) => ({
      ...attempts,
      spans: spans.map(numberOf),
    })),
    callLoops: analysis.loops.map(({ parent, spans, ...loop }) => ({
      ...loop,
      parent: numberOf(parent),
      spans: spans.map(numberOf),
    })),
    wastedWork: analysis.outlived.map(({ parent, child, wastedNs }) => ({
      caller: numberOf(parent),
      span: numberOf(child),
      wastedNs,
    })),
    spans: [...facts].map(([span, { node, ...known }]) => ({
      ...span,
      facts: {
        orphan: node.orphan,
        clockShiftNs: Number(node.clockShiftNs),
        selfNs: known.selfNs,
        isOnPath: known.isOnPath,
        exclusiveNs: known.exclusiveNs,
        dragNs: known.dragNs ?? null,
        slackNs: known.slackNs ?? null,
        networkNs: known.networkNs ?? null,
      },
    })),
  };
}

function textOfBigint(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
