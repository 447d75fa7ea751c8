import type { HistoryChange, HistoryVerdict, MeasureHistory } from '../../compare/index.ts';
import { counted, type Ms, type Ratio } from '../../core/index.ts';
import { formatMoment } from '../number-format.ts';
import {
  duration,
  interval,
  note,
  rate,
  ratio,
  table,
  unknown,
  words,
  type Block,
  type Cell,
  type Chart,
  type Column,
  type Notice,
  type ReportDocument,
  type Row,
  type Section,
  type Tone,
} from '../section.ts';
import { sparkLine } from './spark-line.ts';

/** The history of a scenario and where it was read. */
export interface HistoryReport {
  readonly scenario: string;
  /** Runs that count. */
  readonly runCount: number;
  readonly histories: readonly MeasureHistory[];
  readonly verdict: HistoryVerdict;
  readonly runsMin: number;
  readonly freshRuns: number;
  readonly leftOut: readonly { readonly reason: string; readonly count: number }[];
  readonly versions: readonly string[];
  readonly storedAt: string;
  /** How to type a further command. */
  readonly commandLine: (command: string) => string;
}

/** A chart has a bar for each of so many newest runs, at most. */
const CHART_RUNS = 50;
/** Where one measure is shown, so many newest runs are listed. */
const LISTED_RUNS = 30;
const VERSIONS_TOLD = 5;

/** Returns the history as data: all measures with a chart, their changes, and of one its runs. */
export function historyDocument(report: HistoryReport): ReportDocument {
  const { scenario, runCount, histories, storedAt, commandLine } = report;
  const [only, ...others] = histories;
  const changed = histories.flatMap((history) =>
    history.changes.map((change) => ({ history, change })),
  );
  const [newest] = changed.toSorted((a, b) => b.change.index - a.change.index);
  const after = newest && newest.history.points[newest.change.index];
  return {
    head: {
      name: `history of ${scenario}`,
      verdict: verdictCell(report),
      facts: [words(counted(runCount, 'run')), ...spanOf(histories)],
      notices: noticesOf(report),
    },
    sections: [
      {
        title: 'Measures',
        blocks: [
          table(MEASURE_COLUMNS, histories.map(measureRow)),
          ...histories.filter(({ points }) => points.length > 1).map(chartOf),
        ],
      },
      { title: 'Changes', blocks: [table(CHANGE_COLUMNS, changed.map(changeRow))] },
      ...(only !== undefined && others.length === 0 ? [runsSection(only)] : []),
    ].filter(({ blocks }) => blocks.some(hasRows)),
    closing: {
      notices: [],
      entries: [
        { key: 'read at', value: words(storedAt) },
        ...(after === undefined
          ? []
          : [{ key: 'next', value: words(commandLine(`report ${after.runId}`), 'mark') }]),
      ],
    },
  };
}

function hasRows(block: Block): boolean {
  return block.kind !== 'chart' && (block.kind !== 'table' || block.rows.length > 0);
}

function verdictCell({ verdict, freshRuns, histories }: HistoryReport): Cell {
  switch (verdict) {
    case 'regression':
      return words(`worse in the last ${counted(freshRuns, 'run')}`, 'bad');
    case 'too-few':
      return words('too few runs', 'doubt');
    case 'steady': {
      const isBetter = histories.some(({ changes }) => changes.some(({ isFresh }) => isFresh));
      return isBetter
        ? words(`better in the last ${counted(freshRuns, 'run')}`, 'good')
        : words('steady', 'good');
    }
  }
}

function spanOf(histories: readonly MeasureHistory[]): readonly Cell[] {
  const times = histories.flatMap(({ points }) => points.map((point) => point.startedEpochMs));
  if (times.length === 0) return [];
  return [words(`${formatMoment(Math.min(...times))} to ${formatMoment(Math.max(...times))}`)];
}

function noticesOf({ verdict, histories, runsMin, leftOut, versions }: HistoryReport) {
  const notices: Notice[] = [];
  if (verdict === 'too-few') {
    const short = histories.filter(({ points }) => points.length < runsMin);
    notices.push({
      claim: `A history wants ${runsMin} runs at least.`,
      tone: 'doubt',
      reasons: short.map(
        ({ step, measure, points, refused }) =>
          `${step} ${measure.name}: ${counted(points.length, 'run')}` +
          (refused === 0 ? '' : `, ${refused} more with too small a sample`),
      ),
      remedy: remedyFor(histories, short),
    });
  }
  if (leftOut.length > 0) {
    const all = leftOut.reduce((sum, { count }) => sum + count, 0);
    notices.push({
      claim: `${counted(all, 'run')} ${all === 1 ? 'does' : 'do'} not count.`,
      tone: 'plain',
      reasons: leftOut.map(({ reason, count }) => `${count} ${reason}`),
    });
  }
  if (versions.length > 0) {
    notices.push({
      claim: 'What lies below the runs changed.',
      tone: 'plain',
      reasons: versions.slice(-VERSIONS_TOLD),
    });
  }
  return notices;
}

function remedyFor(histories: readonly MeasureHistory[], short: readonly MeasureHistory[]): string {
  if (short.every(({ refused }) => refused === 0)) return 'run it again.';
  const known = histories.find(({ refused }) => refused === 0);
  const instead = known ? `; or name what the runs can show: --measure ${known.measure.name}` : '';
  return `run it again, or for longer where samples were too small${instead}.`;
}

const MEASURE_COLUMNS: readonly Column[] = [
  { head: 'step', align: 'left', name: true },
  { head: 'measure', align: 'left' },
  { head: 'newest', align: 'right' },
  { head: '95% interval', align: 'left', dropOrder: 1 },
  { head: 'runs, the newest last', align: 'left', cut: true },
];

function measureRow({ step, measure, points, changes }: MeasureHistory): Row {
  const shown = points.slice(-CHART_RUNS);
  const from = points.length - shown.length;
  const newest = points.at(-1);
  const values = shown.map(({ value }) => value);
  const marks = changes.map(({ index }) => index - from);
  return [
    words(step),
    words(measure.name),
    newest === undefined ? unknown() : valueCell(newest.value, measure, 'strong'),
    intervalCell(newest, measure),
    words(values.length === 0 ? '' : sparkLine(values, marks)),
  ];
}

/** All runs that count, with the levels between the changes. */
function chartOf({ step, measure, points, changes }: MeasureHistory): Chart {
  const starts = [0, ...changes.map(({ index }) => index)];
  return {
    kind: 'chart',
    title: `${step} ${measure.name}`,
    unit: measure.unit,
    points: points.map(({ runId, startedEpochMs, value, lower, upper }) => ({
      ...{ label: `run ${runId}`, when: dayOf(startedEpochMs), value },
      ...(lower !== undefined && { lower }),
      ...(upper !== undefined && { upper }),
    })),
    levels: starts.map((from, i) => {
      const to = (starts[i + 1] ?? points.length) - 1;
      const own = points.slice(from, to + 1);
      return { from, to, mean: own.reduce((sum, { value }) => sum + value, 0) / own.length };
    }),
    changes: changes.map((change) => ({
      index: change.index,
      text: `${changeText(change)}, ${change.isWorse ? 'worse' : 'better'}`,
      tone: toneOf(change),
    })),
  };
}

const CHANGE_COLUMNS: readonly Column[] = [
  { head: 'step', align: 'left', name: true },
  { head: 'measure', align: 'left' },
  { head: 'before', align: 'right' },
  { head: 'after', align: 'right' },
  { head: 'change', align: 'right' },
  { head: 'p', align: 'right', dropOrder: 2 },
  { head: 'last run before', align: 'left', dropOrder: 1 },
  { head: 'first run after', align: 'left' },
  { head: 'on (UTC)', align: 'left', dropOrder: 3 },
];

function changeRow({
  history: { step, measure, points },
  change,
}: {
  readonly history: MeasureHistory;
  readonly change: HistoryChange;
}): Row {
  const [before, after] = [points[change.index - 1], points[change.index]];
  return [
    words(step),
    words(measure.name),
    valueCell(change.beforeMean, measure),
    valueCell(change.afterMean, measure),
    words(changeText(change), toneOf(change)),
    words(change.p < 1e-6 ? '<1e-6' : change.p.toPrecision(1), 'faint'),
    words(before?.runId ?? ''),
    words(after?.runId ?? ''),
    words(after === undefined ? '' : dayOf(after.startedEpochMs), 'faint'),
  ];
}

const RUN_COLUMNS: readonly Column[] = [
  { head: 'run', align: 'left' },
  { head: 'started (UTC)', align: 'left', dropOrder: 2 },
  { head: 'value', align: 'right' },
  { head: '95% interval', align: 'left' },
  { head: 'calls', align: 'right', dropOrder: 1 },
  { align: 'left', called: 'the chart', dropOrder: 3 },
  { align: 'left', called: 'the changes' },
];

const BAR_CELLS = 24;

function runsSection({ step, measure, points, changes }: MeasureHistory): Section {
  const from = Math.max(0, points.length - LISTED_RUNS);
  const most = Math.max(...points.slice(from).map(({ value }) => value));
  const rows = points.slice(from).map((point, i): Row => {
    const change = changes.find(({ index }) => index === from + i);
    const cells = most === 0 ? 0 : Math.round((point.value / most) * BAR_CELLS);
    return [
      words(point.runId),
      words(formatMoment(point.startedEpochMs).replace(/ UTC$/u, ''), 'faint'),
      valueCell(point.value, measure, 'strong'),
      intervalCell(point, measure),
      { kind: 'count', count: point.n, tone: 'faint' },
      words('━'.repeat(cells), 'faint'),
      change === undefined ? words('') : words(changeText(change), toneOf(change)),
    ];
  });
  const left =
    from === 0 ? [] : [note([words(`${counted(from, 'older run')} not listed`, 'faint')])];
  return { title: `${step}, ${measure.name}`, blocks: [table(RUN_COLUMNS, rows), ...left] };
}

function toneOf({ isWorse, isFresh }: HistoryChange): Tone {
  if (isWorse) return isFresh ? 'bad' : 'doubt';
  return 'good';
}

export function changeText({ beforeMean, afterMean }: HistoryChange): string {
  if (beforeMean === 0) return 'from none';
  return formatChange(afterMean / beforeMean - 1);
}

/** Returns `+5.2%`, `-12%`. */
function formatChange(change: Ratio): string {
  const percent = change * 100;
  const text = Math.abs(percent) < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
  return `${percent > 0 ? '+' : ''}${text}%`;
}

export function valueCell(
  value: number,
  { unit }: MeasureHistory['measure'],
  tone: Tone = 'plain',
): Cell {
  if (unit === 'ns') return duration(value, { tone });
  return unit === 'ratio' ? ratio(value, tone) : rate(value, tone);
}

function intervalCell(
  point: MeasureHistory['points'][number] | undefined,
  { unit }: MeasureHistory['measure'],
): Cell {
  const { lower, upper } = point ?? {};
  if (lower === undefined || upper === undefined) return words('');
  if (unit === 'ns') return interval(lower, upper, { tone: 'faint' });
  const percent = (value: number): string => (value * 100).toFixed(2);
  return words(`${percent(lower)}–${percent(upper)}%`, 'faint');
}

function dayOf(epochMs: Ms): string {
  return formatMoment(epochMs).slice(0, 16);
}
