import {
  counted,
  formatDuration,
  hasValidTimes,
  lengthOf,
  NS_PER_MS,
  printable,
  type Span,
  wrap,
} from '../../core/index.ts';
import {
  analyzeTrace,
  type SpanNode,
  type SpanTree,
  type TraceAnalysis,
} from '../../spans/index.ts';
import { formatCell, formatMoment } from '../number-format.ts';
import {
  duration,
  unknown,
  words,
  type Cell,
  type Column,
  type Row,
  type Tone,
} from '../section.ts';
import { painter, styledText, type Paint, type StyledText, type TerminalStyle } from './paint.ts';
import { nameLength, shortenedName, type TreeName } from './span-name.ts';
import { renderTable } from './table.ts';
import { barsOf, sinceStart } from './trace-bar.ts';
import { clockLines } from './trace-clocks.ts';
import { findingsOf } from './trace-findings.ts';
import { pathLines } from './trace-path.ts';
import { failureText, remarkLines } from './trace-remarks.ts';

const ON_PATH_HEAD = 'on path';
/** The mark comes first, where no name can push it off; the bar is what a narrow terminal loses. */
const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left' },
  { align: 'right', head: 'took' },
  { align: 'right', head: ON_PATH_HEAD },
  { align: 'right', head: 'from', dropOrder: 1 },
  { align: 'left', dropOrder: 2, called: 'the bars' },
];
const INDENT = 2;
const GAP = 2;
const BAR_CELLS_MIN = 12;
const BAR_CELLS_MAX = 48;
const NAME_MIN = 24;
const WIDTH_MIN = 60;

/**
 * Returns one trace as a tree, with a time bar per span, and a line end; a sentence for no spans.
 * A span that failed is marked, one whose parent is not among the spans is a root and is marked
 * too. Where the critical path is a span's own, its bar is full, and a column has the sum. Below
 * the tree stands what spans say besides their times: why they failed, what the trace tells of
 * them, their events and links. Names are shortened where a line is too long, marks and causes are
 * not.
 *
 *                                 took  on path     from
 *   callgauge create-order      412 ms   2.0 ms          █░░░░░░░░░░░░░░█
 *   └ orders POST /api/orders   410 ms   410 ms  +1.0 ms ·██████████████·
 */
export function renderTrace(spans: readonly Span[], style: TerminalStyle): StyledText {
  const analysis = analyzeTrace(spans);
  if (analysis === undefined) return styledText(['the trace has no spans']);
  const { tree } = analysis;
  const paint = painter(style);
  const width = Math.max(WIDTH_MIN, style.width);
  const branches = tree.roots.flatMap(branchesOf);
  const lines = [
    ...headLines(tree, { paint, width }),
    ...pathLines(analysis, { paint, width }),
    '',
    ...renderTable(
      { columns: COLUMNS, rows: rowsOf(branches, analysis, width) },
      { width, indent: INDENT, paint },
    ),
    ...remarkLines(
      branches.map(({ node }) => node),
      { paint, width, findings: findingsOf(analysis) },
    ),
    ...clockLines(tree, { paint, width }),
  ];
  return styledText(lines);
}

interface Branch {
  readonly node: SpanNode;
  /** The lines of the tree before the name. */
  readonly lines: string;
}

/** Returns the root and all spans below it, depth first. */
function branchesOf(root: SpanNode): readonly Branch[] {
  const found: Branch[] = [];
  const open: (Branch & { readonly below: string })[] = [{ node: root, lines: '', below: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, below } = next;
    found.push(next);
    const entries = node.children.map((child, i) => {
      const isLast = i === node.children.length - 1;
      const lines = `${below}${isLast ? '└ ' : '├ '}`;
      return { node: child, lines, below: `${below}${isLast ? '  ' : '│ '}` };
    });
    open.push(...entries.reverse());
  }
  return found;
}

/** Names get the room that they need, the bar what is left, and the least of both is kept. */
function rowsOf(
  branches: readonly Branch[],
  analysis: TraceAnalysis,
  width: number,
): readonly Row[] {
  const cells = branches.map(({ node }) => {
    const sinceNs = sinceStart(node, analysis.tree);
    const ownNs = analysis.facts.get(node.span)?.exclusiveNs ?? 0;
    return {
      took: tookCell(node.span),
      own: ownNs === 0 ? words('') : duration(ownNs, { tone: 'mark' }),
      since: sinceNs === 0 ? '' : `+${formatDuration(sinceNs)}`,
    };
  });
  const longest = (texts: readonly string[]): number =>
    texts.reduce((max, text) => Math.max(max, lengthOf(text)), 0);
  const hasFailed = branches.some(({ node: { span } }) => span.status === 'Error');
  const taken = [
    hasFailed ? 1 : 0,
    longest(cells.map((c) => formatCell(c.took))),
    longest([ON_PATH_HEAD, ...cells.map((c) => formatCell(c.own))]),
    longest(cells.map((c) => c.since)),
  ];
  const room = taken.reduce(
    (left, size) => (size === 0 ? left : left - size - GAP),
    width - INDENT,
  );
  const names = branches.map(nameOf);
  const wanted = names.reduce((max, name) => Math.max(max, nameLength(name)), 0);
  const nameRoom = Math.max(NAME_MIN, Math.min(wanted, room - BAR_CELLS_MIN - GAP));
  const barCells = Math.min(BAR_CELLS_MAX, Math.floor(width / 3), room - nameRoom - GAP);
  const barOf = barsOf(analysis, Math.max(0, barCells));
  return branches.map(({ node }, i) => {
    const { span } = node;
    const failed = span.status === 'Error';
    const tone: Tone = failed ? 'bad' : 'plain';
    const name = names[i];
    return [
      words(failed ? '✗' : '', 'bad'),
      words(name === undefined ? '' : shortenedName(name, nameRoom), tone),
      cells[i]?.took ?? unknown(),
      cells[i]?.own ?? unknown(),
      words(cells[i]?.since ?? '', 'faint'),
      words(barCells < BAR_CELLS_MIN ? '' : barOf(node), failed ? 'bad' : 'mark'),
    ];
  });
}

function tookCell(span: Span): Cell {
  if (!hasValidTimes(span)) return words('invalid', 'bad');
  return duration(Number(span.durationNs), { tone: 'strong' });
}

function nameOf({ node: { span, orphan, clockShiftNs }, lines }: Branch): TreeName {
  const marks = [...(orphan ? ['(orphan)'] : []), ...(clockShiftNs === 0n ? [] : ['(clock)'])];
  return {
    lines,
    service: printable(span.serviceName),
    operation: printable(span.name),
    mark: marks.map((mark) => `  ${mark}`).join(''),
  };
}

function headLines(
  tree: SpanTree,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  const facts = [
    counted(tree.spanCount, 'span'),
    counted(tree.serviceCount, 'service'),
    formatDuration(Number(tree.toEpochNs - tree.fromEpochNs)),
    formatMoment(Number(tree.fromEpochNs / BigInt(NS_PER_MS))),
  ];
  const cause = causeText(tree);
  return [
    paint('title', `trace ${tree.traceId}`),
    paint('faint', facts.join('   ')),
    ...(cause === undefined
      ? []
      : wrap(cause, { width, first: '✗ ', rest: '  ' }).map((line) => paint('bad', line))),
  ];
}

/**
 * Returns where the failure of the whole began and why; undefined where the first span went well.
 * Of several spans below one that failed, the one that ended last decided: those before it were
 * tried again.
 */
function causeText({ roots }: SpanTree): string | undefined {
  const root = roots.find(({ span }) => span.status === 'Error');
  if (root === undefined || (roots[0] !== root && roots[0]?.orphan === false)) return undefined;
  let origin: SpanNode = root;
  for (let next: SpanNode | undefined = root; next !== undefined; next = lastFailed(next))
    origin = next;
  const { span } = origin;
  const where = `${span.serviceName}  ${span.name}: ${failureText(span)}`;
  return origin === root ? where : `${failureText(root.span)}, from ${where}`;
}

function lastFailed({ children }: SpanNode): SpanNode | undefined {
  const endOf = ({ span, clockShiftNs }: SpanNode): bigint =>
    span.startEpochNs + span.durationNs + clockShiftNs;
  return children
    .filter(({ span }) => span.status === 'Error')
    .reduce<SpanNode | undefined>((a, b) => (a && endOf(a) > endOf(b) ? a : b), undefined);
}
