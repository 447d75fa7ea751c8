import { formatDuration, NS_PER_MS, type Span } from '../core/index.ts';
import { formatCount, formatMoment } from './number-format.ts';
import { painter, type Paint, type TerminalStyle, type Tone } from './paint.ts';
import { printable, renderTable, type Cell, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left', cut: true },
  { align: 'right' },
  { align: 'right', dropOrder: 1 },
  { align: 'left' },
];
const BAR_CELLS_MIN = 16;
const BAR_CELLS_MAX = 48;
const WIDTH_MIN = 60;

/**
 * Returns one trace as a tree, with a time bar per span, and a line end; a sentence for no spans.
 * Children are in the order of their starts. A span whose parent is not among the spans is shown as
 * a root and marked; of spans with one id the first is shown.
 *
 *   callgauge create-order        412 ms           ████████████████
 *   └ orders POST /api/orders     410 ms   +1.0 ms ·███████████████
 */
export function renderTrace(spans: readonly Span[], style: TerminalStyle): string {
  const unique = [...new Map(spans.toReversed().map((s) => [s.spanId, s])).values()].reverse();
  const [first] = unique;
  if (first === undefined) return 'the trace has no spans\n';
  const paint = painter(style);
  const width = Math.max(WIDTH_MIN, style.width);
  const extent = extentOf(unique);
  const barCells = Math.min(BAR_CELLS_MAX, Math.max(BAR_CELLS_MIN, Math.floor(width / 3)));
  const placed = placeSpans(unique);
  const rows = placed.map((entry) => rowOf(entry, extent, barCells));
  const lines = [
    headLine(first.traceId, unique, extent, paint),
    '',
    ...renderTable(COLUMNS, rows, { width, indent: 2, paint }),
    ...noteLines(placed, paint),
  ];
  return `${lines.join('\n')}\n`;
}

interface Extent {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

interface PlacedSpan {
  readonly span: Span;
  /** What stands before the name: the branches of the tree. */
  readonly branches: string;
  readonly orphan: boolean;
}

/** Depth first, children by start; what only a cycle of parents would reach becomes a root too. */
function placeSpans(spans: readonly Span[]): readonly PlacedSpan[] {
  const ordered = [...spans].sort(byStart);
  const ids = new Set(ordered.map((s) => s.spanId));
  const children = Map.groupBy(ordered, (s) => s.parentSpanId);
  const placed: PlacedSpan[] = [];
  const seen = new Set<string>();
  const place = (span: Span, orphan: boolean): void => {
    const stack: (PlacedSpan & { readonly below: string })[] = [
      { span, branches: '', below: '', orphan },
    ];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (seen.has(next.span.spanId)) continue;
      seen.add(next.span.spanId);
      placed.push(next);
      const own = (children.get(next.span.spanId) ?? []).filter((c) => !seen.has(c.spanId));
      const { below } = next;
      const entries = own.map((child, i) => {
        const last = i === own.length - 1;
        const branches = `${below}${last ? '└ ' : '├ '}`;
        return { span: child, branches, below: `${below}${last ? '  ' : '│ '}`, orphan: false };
      });
      stack.push(...entries.reverse());
    }
  };
  for (const span of ordered) {
    if (!ids.has(span.parentSpanId)) place(span, span.parentSpanId !== '');
  }
  for (const span of ordered) if (!seen.has(span.spanId)) place(span, true);
  return placed;
}

function rowOf({ span, branches, orphan }: PlacedSpan, extent: Extent, cells: number): Cell[] {
  const failed = span.status === 'Error';
  const name = `${branches}${span.serviceName}  ${span.name}`;
  const tone: Tone = failed ? 'bad' : 'plain';
  const sinceNs = Number(span.startEpochNs - extent.fromNs);
  return [
    { text: `${name}${failed ? '  ✗' : ''}${orphan ? '  (orphan)' : ''}`, tone },
    { text: formatDuration(Number(span.durationNs)), tone: 'strong' },
    { text: sinceNs === 0 ? '' : `+${formatDuration(sinceNs)}`, tone: 'faint' },
    { text: barOf(span, extent, cells), tone: failed ? 'bad' : 'mark' },
  ];
}

/** At least one cell is filled, however short the span. */
function barOf(span: Span, extent: Extent, cells: number): string {
  const length = Math.max(1, Number(extent.toNs - extent.fromNs));
  const from = Number(span.startEpochNs - extent.fromNs) / length;
  const to = from + Number(span.durationNs) / length;
  const first = Math.min(cells - 1, Math.floor(from * cells));
  const end = Math.min(cells, Math.max(first + 1, Math.round(to * cells)));
  return `${'·'.repeat(first)}${'█'.repeat(end - first)}${'·'.repeat(cells - end)}`;
}

function headLine(traceId: string, spans: readonly Span[], extent: Extent, paint: Paint): string {
  const services = new Set(spans.map((s) => s.serviceName)).size;
  const startedMs = Number(extent.fromNs / BigInt(NS_PER_MS));
  const facts = [
    `${formatCount(spans.length)} ${spans.length === 1 ? 'span' : 'spans'}`,
    `${services} ${services === 1 ? 'service' : 'services'}`,
    formatDuration(Number(extent.toNs - extent.fromNs)),
    formatMoment(startedMs),
  ];
  return `${paint('title', `trace ${traceId}`)}\n${paint('faint', facts.join('   '))}`;
}

/** What the harness knows of its own calls, and what went wrong where. */
function noteLines(placed: readonly PlacedSpan[], paint: Paint): readonly string[] {
  const notes = placed.flatMap(({ span, orphan }) => {
    const { 'callgauge.fault': fault, 'callgauge.outcome': outcome } = span.attributes;
    const facts = [
      ...(fault === undefined ? [] : [`overlapped the fault ${fault}`]),
      ...(outcome === undefined || outcome === 'ok' ? [] : [`outcome ${outcome}`]),
      ...(span.status === 'Error' ? [errorOf(span)] : []),
      ...(orphan ? ['its parent is not stored'] : []),
    ];
    return facts.length === 0 ? [] : [`${span.serviceName}  ${span.name}: ${facts.join(', ')}`];
  });
  return notes.length === 0 ? [] : ['', ...notes.map((n) => paint('doubt', `  ${printable(n)}`))];
}

function errorOf({ statusMessage, attributes }: Span): string {
  return statusMessage === '' ? (attributes['error.type'] ?? 'error') : statusMessage;
}

function byStart(a: Span, b: Span): number {
  if (a.startEpochNs === b.startEpochNs) return a.durationNs > b.durationNs ? -1 : 1;
  return a.startEpochNs < b.startEpochNs ? -1 : 1;
}

function extentOf(spans: readonly Span[]): Extent {
  let [fromNs, toNs] = [spans[0]?.startEpochNs ?? 0n, 0n];
  for (const { startEpochNs, durationNs } of spans) {
    if (startEpochNs < fromNs) fromNs = startEpochNs;
    if (startEpochNs + durationNs > toNs) toNs = startEpochNs + durationNs;
  }
  return { fromNs, toNs };
}
