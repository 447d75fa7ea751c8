import { counted, formatCount, printable, wrap } from '../../core/index.ts';
import type { GraphEdge } from '../../spans/index.ts';
import {
  calleeName,
  callerName,
  callsPerSec,
  isOfKeptCalls,
  isSampled,
  type GraphReport,
} from '../graph-report.ts';
import { formatMoment } from '../number-format.ts';
import {
  count,
  duration,
  rate,
  ratio,
  unknown,
  words,
  type Cell,
  type Column,
  type Row,
} from '../section.ts';
import { painter, styledText, type StyledText, type TerminalStyle } from './paint.ts';
import { renderTable } from './table.ts';
import { ellipsis } from './text.ts';

const COLUMNS: readonly Column[] = [
  { head: 'caller', align: 'left' },
  { head: 'callee', align: 'left' },
  { head: 'operation', align: 'left', name: true },
  { head: 'calls', align: 'right', dropOrder: 2 },
  { head: 'rate', align: 'right' },
  { head: 'failed', align: 'right' },
  { head: 'p50', align: 'right', dropOrder: 1 },
  { head: 'p95', align: 'right', dropOrder: 3 },
  { head: 'p99', align: 'right' },
];
/** A longer name would push the columns beside it off a narrow terminal. */
const NAME_MAX = 28;

/** Returns the edges of a service graph as a table, with a line end; a sentence for none. */
export function renderGraph(report: GraphReport, style: TerminalStyle): StyledText {
  const { graph, tracesInAll, fromEpochMs, toEpochMs, runId } = report;
  const paint = painter(style);
  const head = runId === '' ? 'service graph' : `service graph of run ${printable(runId)}`;
  const traces = counted(graph.traceCount, 'trace');
  const facts = [
    isSampled(report) ? `${traces} of ${formatCount(tracesInAll)}` : traces,
    counted(graph.spanCount, 'span'),
    ...(graph.weightedTraces === graph.traceCount
      ? []
      : [`sampled, for ${counted(graph.weightedTraces, 'trace')}`]),
  ];
  const time = `${formatMoment(fromEpochMs)} to ${formatMoment(toEpochMs)}`;
  const table = { columns: COLUMNS, rows: graph.edges.map((edge) => rowOf(edge, report)) };
  const options = { width: style.width, indent: 0, paint };
  const notes = notesOf(report).flatMap((note) =>
    wrap(note, { width: style.width, first: '', rest: '  ' }),
  );
  return styledText([
    paint('title', head),
    paint('faint', time),
    paint('faint', facts.join('   ')),
    '',
    ...(graph.edges.length === 0 ? ['no call between services'] : renderTable(table, options)),
    ...(notes.length === 0 ? [] : ['', ...notes.map((line) => paint('faint', line))]),
  ]);
}

function rowOf(edge: GraphEdge, report: GraphReport): Row {
  const { callerIs, callee, isInferred, kind, calls, failed } = edge;
  const operation = kind === 'message' ? `${edge.operation} (message)` : edge.operation;
  return [
    words(shortName(callerName(edge)), callerIs === 'service' ? 'plain' : 'faint'),
    words(
      `${shortName(calleeName(edge))}${isInferred && callee !== '' ? '*' : ''}`,
      callee === '' ? 'faint' : 'plain',
    ),
    words(printable(operation)),
    count(calls),
    rate(callsPerSec(edge, report)),
    ratio(failed / calls, failed > 0 ? 'bad' : 'plain'),
    timeCell(edge.p50Ns),
    timeCell(edge.p95Ns),
    timeCell(edge.p99Ns),
  ];
}

function shortName(name: string): string {
  return ellipsis(printable(name), NAME_MAX);
}

function timeCell(ns: number | undefined): Cell {
  return ns === undefined ? unknown() : duration(ns);
}

function notesOf(report: GraphReport): readonly string[] {
  const { edges } = report.graph;
  const { tracesInAll, arrivalsInAll = 0 } = report;
  const notes: readonly (readonly [when: boolean, text: string])[] = [
    [
      isOfKeptCalls(report),
      `${formatCount(tracesInAll)} of ${formatCount(arrivalsInAll)} arrivals have a stored trace, the slow and failed ones among them: rates are too low, percentiles too high. The report of the run is of all; trace: { keep: { head: 100% } } stores all`,
    ],
    [isSampled(report), 'rates are scaled from the traces that were read to all'],
    [
      edges.some(({ isInferred, callee }) => isInferred && callee !== ''),
      '* has no spans of its own here: its name is what its callers say',
    ],
    [
      edges.some(({ callee }) => callee === ''),
      '(unknown): has no spans here, and its callers do not name it: peer.service would',
    ],
    [
      edges.some(({ callerIs }) => callerIs === 'not stored'),
      '(not stored): the caller’s span is not; callgauge’s is, of traces whose spans the run itself receives',
    ],
    [edges.some(({ p99Ns }) => p99Ns === undefined), '-: too few calls for that percentile'],
  ];
  return notes.flatMap(([when, text]) => (when ? [text] : []));
}
