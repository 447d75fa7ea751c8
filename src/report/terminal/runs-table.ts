import { nsFromMs, type RunRecord } from '../../core/index.ts';
import { formatMoment } from '../number-format.ts';
import {
  duration,
  unknown,
  words,
  type Cell,
  type Column,
  type Row,
  type Tone,
} from '../section.ts';
import { painter, styledText, type StyledText, type TerminalStyle } from './paint.ts';
import { renderTable } from './table.ts';
import { ellipsis } from './text.ts';

const COLUMNS: readonly Column[] = [
  { head: 'run', align: 'left' },
  { head: 'started (UTC)', align: 'left' },
  { head: 'lasted', align: 'right', dropOrder: 1 },
  { head: 'status', align: 'left' },
  { head: 'verdict', align: 'left' },
  { head: 'scenario', align: 'left', cut: true },
  { head: 'seed', align: 'right', dropOrder: 2 },
];

/** A longer name would push the columns beside it off a narrow terminal. */
const SCENARIO_MAX = 24;

/** Returns the list of stored runs in the given order, with a line end; a sentence for none. */
export function renderRuns(runs: readonly RunRecord[], style: TerminalStyle): StyledText {
  if (runs.length === 0) return styledText(['no runs are stored yet']);
  const options = { width: style.width, indent: 0, paint: painter(style) };
  return styledText(renderTable({ columns: COLUMNS, rows: runs.map(rowOf) }, options));
}

function rowOf(run: RunRecord): Row {
  const lastedMs = run.endedEpochMs - run.startedEpochMs;
  return [
    words(run.runId, 'strong'),
    words(formatMoment(run.startedEpochMs).replace(/ UTC$/u, '')),
    run.endedEpochMs > 0 ? duration(nsFromMs(lastedMs)) : unknown(),
    words(statusText(run), run.status === 'complete' ? 'good' : 'doubt'),
    verdictCell(run.verdict),
    words(ellipsis(run.scenario, SCENARIO_MAX)),
    words(String(run.seed), 'faint'),
  ];
}

/** A run that was judged while it went on may be complete and another time than it was planned. */
function statusText({ status, loadEnd }: RunRecord): string {
  if (loadEnd === undefined) return status;
  return loadEnd.atNs < loadEnd.plannedNs ? 'ended early' : 'extended';
}

const TONES: Readonly<Record<string, Tone>> = {
  passed: 'good',
  'capacity found': 'good',
  failed: 'bad',
  invalid: 'bad',
  'below the range': 'bad',
  'no thresholds': 'faint',
};

function verdictCell(verdict: string): Cell {
  return verdict === '' ? unknown('faint') : words(verdict, TONES[verdict] ?? 'doubt');
}
