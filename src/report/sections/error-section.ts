import { formatCount, counted } from '../../core/index.ts';
import type { ErrorAnalysis, RunAnalysis } from '../../analyze/index.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  note,
  table,
  words,
  type Column,
  type Note,
  type Row,
  type Section,
  type Table,
} from '../section.ts';

const SHOWN = 12;

const COLUMNS: readonly Column[] = [
  { head: 'calls', align: 'right' },
  { head: 'step', align: 'left', name: true },
  { head: 'outcome', align: 'left' },
  { head: 'what failed', align: 'left', message: true },
];

const EDGE_COLUMNS: readonly Column[] = [
  { head: 'attempts', align: 'right' },
  { head: 'edge', align: 'left', name: true },
  { head: 'operation', align: 'left' },
  { head: 'what failed', align: 'left', message: true },
];

/** Two ids fit into 80 columns. */
const TRACE_COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left' },
  { align: 'left', dropOrder: 1, called: 'a third trace' },
];

/**
 * Returns why calls failed, the most frequent reason first, with traces that show it, and how many
 * flows ended early for it; then the same of the attempts between services.
 */
export function errorSection({ analysis }: RunReport): Section {
  const { errors, edgeErrors, counters } = analysis;
  const { failedIterations, arrivals, failedHooks } = counters;
  const facts = [
    ...leftOut(errors, 'call'),
    ...(failedIterations > 0
      ? [`${formatCount(failedIterations)} of ${counted(arrivals, 'arrival')} ended early`]
      : []),
    ...(failedHooks > 0 ? [`${counted(failedHooks, 'hook')} failed`] : []),
  ];
  return {
    title: 'Errors',
    blocks: [
      withTraces(COLUMNS, errors.slice(0, SHOWN), rowOf),
      ...factsNote(facts),
      withTraces(EDGE_COLUMNS, edgeErrors.slice(0, SHOWN), edgeRowOf, errors.length > 0),
      ...factsNote(leftOut(edgeErrors, 'attempt')),
    ],
  };
}

function leftOut(errors: readonly { readonly count: number }[], noun: string): readonly string[] {
  const left = errors.slice(SHOWN);
  const sum = left.reduce((all, error) => all + error.count, 0);
  return sum > 0 ? [`${counted(sum, noun)} for ${counted(left.length, 'other reason')}`] : [];
}

function factsNote(facts: readonly string[]): readonly Note[] {
  return facts.length === 0 ? [] : [note([words(facts.join(', '), 'bad')])];
}

/** Below each row stand its traces; the ids are to be copied. */
function withTraces<T extends { readonly traceIds: readonly string[] }>(
  columns: readonly Column[],
  items: readonly T[],
  toRow: (item: T) => Row,
  apart = false,
): Table {
  const traces = items.map(({ traceIds }): Row =>
    traceIds.length === 0
      ? [words('', 'faint')]
      : [words('trace', 'faint'), ...traceIds.map((id) => words(id))],
  );
  return table(columns, items.map(toRow), {
    apart,
    details: { columns: TRACE_COLUMNS, rows: traces },
  });
}

function rowOf(error: ErrorAnalysis): Row {
  return [
    count(error.count, 'strong'),
    words(error.step),
    words(error.outcome, 'bad'),
    words(error.text),
  ];
}

function edgeRowOf(error: RunAnalysis['edgeErrors'][number]): Row {
  return [
    count(error.count, 'strong'),
    words(`${error.caller} → ${error.callee}`),
    words(error.operation),
    words(error.text, 'bad'),
  ];
}
