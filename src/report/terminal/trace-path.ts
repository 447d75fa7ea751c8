import { counted, formatDuration, printable, type Span, wrap } from '../../core/index.ts';
import type { TraceAnalysis } from '../../spans/index.ts';
import type { Paint } from './paint.ts';

const HOLDERS_SHOWN = 3;
/** Of the root's duration: less is not worth a line. */
const AMBIGUOUS_RATIO_MIN = 0.05;

/**
 * Returns what holds most of the critical path, how much of it times do not tell, and what is
 * missing of the trace; no lines for a trace of one span of which nothing is.
 */
export function pathLines(
  analysis: TraceAnalysis,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  const texts: readonly (readonly [tone: 'plain' | 'doubt', text: string])[] = [
    ...holdersText(analysis),
    ...ambiguityText(analysis),
    ...missingText(analysis),
  ];
  return texts.flatMap(([tone, text]) =>
    wrap(text, { width, first: '', rest: '  ' }).map((line) => paint(tone, line)),
  );
}

function holdersText(analysis: TraceAnalysis): readonly (readonly ['plain', string])[] {
  const { path, mainRoot, tree } = analysis;
  const wholeNs = Number(mainRoot.durationNs);
  if (tree.spanCount === 1 || path.length === 0) return [];
  const heldNs = new Map<string, number>();
  for (const { span, fromNs, toNs } of path) {
    const place = placeOf(span, servedBy(analysis, span));
    heldNs.set(place, (heldNs.get(place) ?? 0) + toNs - fromNs);
  }
  const most = [...heldNs].toSorted(([, a], [, b]) => b - a);
  const shown = most.slice(0, HOLDERS_SHOWN).map(([place, ns]) => {
    const percent = Math.round((ns / wholeNs) * 100);
    return `${place} ${formatDuration(ns)} (${percent}%)`;
  });
  const left = most.length - shown.length;
  const more = left > 0 ? `, and ${left} more` : '';
  return [['plain', `critical path: ${shown.join(', ')}${more}`]];
}

function ambiguityText({
  ambiguousNs,
  mainRoot,
}: TraceAnalysis): readonly (readonly ['doubt', string])[] {
  if (ambiguousNs < AMBIGUOUS_RATIO_MIN * Number(mainRoot.durationNs)) return [];
  if (ambiguousNs === 0) return [];
  const time = formatDuration(ambiguousNs);
  return [
    [
      'doubt',
      `${time} of it may belong to calls beside it: times do not tell what waited for what`,
    ],
  ];
}

function missingText({ completeness }: TraceAnalysis): readonly (readonly ['doubt', string])[] {
  const { ratio, orphanCount, isRootMissing } = completeness;
  if (ratio === 1) return [];
  const orphans = `${counted(orphanCount, 'span')} of which the parent is not stored`;
  const what = isRootMissing ? `its first span is not stored, ${orphans}` : orphans;
  return [
    [
      'doubt',
      `incomplete (${Math.floor(ratio * 100)}%): ${orphanCount > 0 ? what : 'spans that the first one did not cause'}`,
    ],
  ];
}

/** Returns who served a call, for its own time is the way there and back; undefined for others. */
function servedBy({ facts }: TraceAnalysis, span: Span): string | undefined {
  const known = facts.get(span);
  if (known?.networkNs === undefined) return undefined;
  return known.node.children.find((child) => child.span.kind === 'Server')?.span.serviceName;
}

function placeOf({ serviceName, name }: Span, callee: string | undefined): string {
  const service = callee === undefined ? serviceName : `${serviceName} → ${callee}`;
  return `${printable(service)}  ${printable(name)}`;
}
