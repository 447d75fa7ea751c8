import { formatCount, formatRatio, counted } from '../../core/index.ts';
import type {
  ClockSummary,
  ConnectAnalysis,
  RunAnalysis,
  StepAnalysis,
} from '../../analyze/index.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  duration,
  estimate,
  note,
  part,
  table,
  words,
  type Cell,
  type Column,
  type Note,
  type Row,
  type Section,
} from '../section.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left', name: true },
  { align: 'left' },
  { head: 'p50', align: 'right' },
  { head: 'p99', align: 'right' },
  { head: 'p99.9', align: 'right' },
  { head: 'max', align: 'right', dropOrder: 2 },
  { head: 'n', align: 'right', dropOrder: 1 },
];

const PERCENTS: readonly number[] = [50, 99, 99.9];

/** A part whose p99 is a smaller share of the median service time than this says nothing new. */
const WORTH_RATIO = 0.05;
/** The least that a histogram holds, and so what no time at all is recorded as. */
const NO_TIME_NS = 1;

/**
 * Returns where the time of calls that went well was spent: per step the wait for a connection, the
 * time to the first byte and the body, and of streams the time of each message; per target the
 * connects and their parts. What takes next to no time is left out, and so is a step of which only
 * the first byte is left: that is its service time.
 */
export function timeSection({ analysis }: RunReport): Section {
  const rowsOf = analysis.steps.map((step) => ({ target: step.target, rows: stepRows(step) }));
  const telling = rowsOf.filter(({ rows }) => rows.length > 0).map(({ target }) => target);
  const rows = [
    ...rowsOf.flatMap((of) => of.rows),
    ...analysis.connects.flatMap((connect) => connectRows(connect, telling)),
  ];
  return {
    title: 'Where the time goes',
    blocks: rows.length === 0 ? [] : [table(COLUMNS, rows), ...resumedNote(analysis)],
  };
}

function stepRows({ step, overall, parts }: StepAnalysis): readonly Row[] {
  const median = overall.service.percentiles.find((p) => p.percent === 50);
  const worthNs = median?.kind === 'known' ? median.valueNs * WORTH_RATIO : NO_TIME_NS;
  const isWorth = ({ n, maxNs, percentiles }: ClockSummary): boolean => {
    const p99 = percentiles.find((p) => p.percent === 99);
    return n > 0 && (p99?.kind === 'known' ? p99.valueNs : maxNs) > worthNs;
  };
  const named = [
    ['wait', parts.wait],
    ['first byte', parts.firstByte],
    ['body', parts.body],
  ] as const;
  const { message } = parts;
  const worth = [
    ...named.filter(([, summary]) => isWorth(summary)),
    ...(message.n > 0 ? [['message', message] as const] : []),
  ];
  if (worth.every(([name]) => name === 'first byte')) return [];
  return worth.map(([name, summary], i) => row(i === 0 ? step : '', words(name, 'faint'), summary));
}

/** A plain connect to an address has no parts: it is shown only beside waits for it. */
function connectRows(
  { target, connect, dns, tcp, tls }: ConnectAnalysis,
  telling: readonly string[],
): readonly Row[] {
  if (dns.n + tls.n === 0 && !telling.includes(target)) return [];
  const named = [
    ['DNS', dns],
    ['TCP', tcp],
    ['TLS', tls],
  ] as const;
  const parts = dns.n + tls.n === 0 ? [] : named.filter(([, summary]) => summary.n > 0);
  return [
    row(target, words('connect', 'faint'), connect),
    ...parts.map(([name, summary]) => row('', part(name, 'faint'), summary)),
  ];
}

function row(of: string, name: Cell, { n, maxNs, maxAtLeast, percentiles }: ClockSummary): Row {
  return [
    words(of),
    name,
    ...PERCENTS.map((percent) => estimate(percentiles.find((p) => p.percent === percent))),
    duration(maxNs, { atLeast: maxAtLeast }),
    count(n, 'faint'),
  ];
}

/** Of the measured phases; the connects of the table are those of all seconds without a fault. */
function resumedNote({ counters, connects }: RunAnalysis): readonly Note[] {
  if (counters.tlsResumed === 0 || connects.every(({ tls }) => tls.n === 0)) return [];
  const share = formatRatio(counters.tlsResumed / counters.connects);
  const resumed = `${formatCount(counters.tlsResumed)} of ${counted(counters.connects, 'connection')}`;
  const text = `${resumed} of the measured phases took up a TLS session (${share})`;
  return [note([words(text, 'faint')])];
}
