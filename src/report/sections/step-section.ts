import type {
  CallSummary,
  ClockSummary,
  Dependence,
  StatusCount,
  StepAnalysis,
} from '../../analyze/index.ts';
import { formatCount, type Outcome, OUTCOMES } from '../../core/index.ts';
import { CORRELATION_MIN, formatWorth, N_EFF_MEANS } from '../number-format.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  duration,
  estimate,
  estimateInterval,
  note,
  rate,
  ratio,
  table,
  unknown,
  words,
  type Cell,
  type Column,
  type Note,
  type Row,
  type Section,
  type Table,
  type Tone,
} from '../section.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { head: 'response', align: 'right' },
  { head: '95% interval', align: 'left', dropOrder: 1, called: 'interval of the response' },
  { head: 'service', align: 'right' },
  { head: '95% interval', align: 'left', dropOrder: 2, called: 'interval of the service' },
  { head: 'lag', align: 'right' },
];

const PHASE_COLUMNS: readonly Column[] = [
  { head: 'phase', align: 'left' },
  { head: 'calls', align: 'right' },
  { head: 'rate', align: 'right' },
  { head: 'errors', align: 'right' },
  { head: 'p50', align: 'right' },
  { head: 'p99', align: 'right' },
  { head: 'p99.9', align: 'right' },
  { head: 'max', align: 'right' },
];

const STATUSES_PER_LINE = 4;
const PHASE_PERCENTS: readonly number[] = [50, 99, 99.9];
/** Calls that are worth fewer independent ones, and why. */
const WHY_FEWER: Readonly<Record<Dependence['from'], string>> = {
  seconds: ', since calls were slow together',
  'few-seconds': ', since so few seconds show little',
  queue: ', since calls may have shared one queue: too short to tell',
};
const CORRELATION_PERCENTS: readonly number[] = [50, 99];

/** Returns one section per step: its calls, its errors, and the percentiles of its three clocks. */
export function stepSections(report: RunReport): readonly Section[] {
  const { analysis, okStatuses } = report;
  return analysis.steps.map((step) => ({
    title: `${step.step} → ${step.target}`,
    blocks: [
      ...callNotes(step.overall, okStatuses.get(step.step)),
      ...statusNotes(step.statuses),
      percentileBlock(step.overall, report),
      ...censoredNote(step.overall),
      ...correlationNote(step.overall),
      ...phaseTable(step),
    ],
  }));
}

function callNotes(calls: CallSummary, okStatuses: string | undefined): readonly Note[] {
  const errorTone = calls.errors > 0 ? 'bad' : 'good';
  const failures = OUTCOMES.filter((o) => o !== 'ok' && calls.outcomes[o] > 0);
  return [
    note([
      [count(calls.calls, 'strong'), words(calls.calls === 1 ? 'call' : 'calls')],
      rate(calls.achievedPerSec),
      [
        words('ok'),
        count(calls.outcomes.ok),
        ...(okStatuses === undefined ? [] : [words(`(${okStatuses})`, 'faint')]),
      ],
      [words('errors', errorTone), ratio(calls.errorRatio, errorTone)],
    ]),
    ...(failures.length === 0 ? [] : [note(failures.map((o): Row => toned(o, calls.outcomes[o])))]),
  ];
}

/** A fallback is no error: whoever called had an answer, though not the target's. */
function toned(outcome: Outcome, calls: number): Row {
  const tone = outcome === 'fallback' ? 'plain' : 'bad';
  return [words(outcome, tone), count(calls, tone)];
}

/** What came as an answer, so many on a line that they fit. */
function statusNotes(statuses: readonly StatusCount[]): readonly Note[] {
  const notes: Note[] = [];
  for (let from = 0; from < statuses.length; from += STATUSES_PER_LINE) {
    const some = statuses.slice(from, from + STATUSES_PER_LINE);
    const counts = some.map(({ status, calls }): Row => [words(`${status}:`), count(calls)]);
    notes.push(note([words(from === 0 ? 'statuses' : '        ', 'faint'), ...counts]));
  }
  return notes;
}

/** Without one answer there is nothing of which more would do. A closed load has no lag. */
function percentileBlock(calls: CallSummary, report: RunReport): Note | Table {
  const { lag, phases } = report.analysis;
  if (calls.response.n === 0 && calls.service.n === 0) {
    return note([words('no answered call: none has a time', 'faint')], { apart: true });
  }
  const rows = percentileRows(calls, lag);
  const isClosed = phases.filter((p) => p.measured).every((p) => p.model === 'closed');
  // Nothing waited for a generator that a simulation does without.
  if (!isClosed && !report.simulation) return table(COLUMNS, rows, { apart: true });
  return table(
    COLUMNS.slice(0, -1),
    rows.map((row) => row.slice(0, -1)),
    { apart: true },
  );
}

function percentileRows({ response, service }: CallSummary, lag: ClockSummary): readonly Row[] {
  return [
    ...response.percentiles.map((quantile, i) => [
      words(`p${quantile.percent}`, 'faint'),
      estimate(quantile, 'strong'),
      estimateInterval(quantile, 'faint'),
      estimate(service.percentiles[i]),
      estimateInterval(service.percentiles[i], 'faint'),
      estimate(lag.percentiles[i]),
    ]),
    [
      words('max', 'faint'),
      maxOf(response, 'strong'),
      words(''),
      maxOf(service),
      words(''),
      maxOf(lag),
    ],
  ];
}

function maxOf({ n, maxNs, maxAtLeast }: ClockSummary, tone: Tone = 'plain'): Cell {
  return n === 0 ? unknown(tone) : duration(maxNs, { atLeast: maxAtLeast, tone });
}

function censoredNote({ response, outcomes }: CallSummary): readonly Note[] {
  if (response.censored === 0) return [];
  const which = (['timeout', 'cancelled'] as const).filter((o) => outcomes[o] > 0).join(' and ');
  const cutOff = `${formatCount(response.censored)} cut off (${which})`;
  return [note([words(`${cutOff}: in the percentiles as at least that long`, 'faint')])];
}

/** Why an interval is wider, or a refusal sterner, than so many calls would lead one to expect. */
function correlationNote({ response }: CallSummary): readonly Note[] {
  const alike = response.percentiles
    .map((p, i) => ({ ...p, from: response.dependence[i]?.from ?? 'seconds' }))
    .filter((p) => CORRELATION_PERCENTS.includes(p.percent) && p.designEffect >= CORRELATION_MIN);
  const notes = [...Map.groupBy(alike, (p) => p.from)].map(([from, own]) => {
    const worth = own.map((p) => `${formatWorth(p.n, p.designEffect)} at p${p.percent}`);
    return note([words(`n_eff ${worth.join(', ')}${WHY_FEWER[from]}`, 'faint')]);
  });
  return notes.length === 0 ? [] : [...notes, note([words(N_EFF_MEANS, 'faint')])];
}

/** Only where more than one phase was measured: a single one says what the whole says. */
function phaseTable({ phases }: StepAnalysis): readonly Table[] {
  if (phases.length < 2) return [];
  const rows = phases.map(({ phase, summary }): Row => {
    const { percentiles } = summary.response;
    return [
      words(phase),
      count(summary.calls),
      rate(summary.achievedPerSec),
      ratio(summary.errorRatio, summary.errors > 0 ? 'bad' : 'plain'),
      ...PHASE_PERCENTS.map((percent) => estimate(percentiles.find((p) => p.percent === percent))),
      maxOf(summary.response),
    ];
  });
  return [table(PHASE_COLUMNS, rows, { apart: true })];
}
