import { formatDuration, nsFromMs, type RunRecord } from '../core/index.ts';
import { formatMoment } from './number-format.ts';
import { painter, type TerminalStyle, type Tone } from './paint.ts';
import { ellipsis, renderTable, type Cell, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left' },
  { align: 'right', dropOrder: 1 },
  { align: 'left' },
  { align: 'left', cut: true },
  { align: 'right', dropOrder: 2 },
];

/** A longer name would push the columns beside it off a narrow terminal. */
const SCENARIO_MAX = 24;

/** Returns the list of stored runs in the given order, with a line end; a sentence for none. */
export function renderRuns(runs: readonly RunRecord[], style: TerminalStyle): string {
  if (runs.length === 0) return 'no runs are stored yet\n';
  const heads = ['run', 'started', 'lasted', 'status', 'scenario', 'seed'];
  const head = heads.map((text): Cell => ({ text, tone: 'faint' }));
  const options = { width: style.width, indent: 0, paint: painter(style) };
  return `${renderTable(COLUMNS, [head, ...runs.map(rowOf)], options).join('\n')}\n`;
}

function rowOf(run: RunRecord): readonly Cell[] {
  const lastedMs = run.endedEpochMs - run.startedEpochMs;
  const tone: Tone = run.status === 'complete' ? 'good' : 'doubt';
  return [
    { text: run.runId, tone: 'strong' },
    { text: formatMoment(run.startedEpochMs) },
    { text: run.endedEpochMs > 0 ? formatDuration(nsFromMs(lastedMs)) : '-' },
    { text: run.status, tone },
    { text: ellipsis(run.scenario, SCENARIO_MAX) },
    { text: String(run.seed), tone: 'faint' },
  ];
}
