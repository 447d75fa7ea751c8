import type { ClockSummary, ConnectAnalysis, RunAnalysis, StepAnalysis } from '../analyze/index.ts';
import { formatCount, formatEstimate, formatRatio } from './number-format.ts';
import type { Page, Section } from './page.ts';
import { renderTable, type Cell, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left', cut: true },
  { align: 'left' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'right', dropOrder: 1 },
];

const PERCENTS: readonly number[] = [50, 99, 99.9];

/** A part whose p99 is a smaller share of the median service time than this says nothing new. */
const WORTH_RATIO = 0.05;

/**
 * Returns where the time of calls that went well was spent: per step the wait for a connection, the
 * time to the first byte and the body, and of streams the time of each message; per target the connects and their parts. What takes next to
 * no time is left out, and a step of which only the first byte is left, since that is its service time.
 */
export function timeSection({ report, paint, width }: Page): Section {
  const { analysis } = report;
  const rowsOf = analysis.steps.map((step) => ({ target: step.target, rows: stepRows(step) }));
  const telling = rowsOf.filter(({ rows }) => rows.length > 0).map(({ target }) => target);
  const rows = [
    ...rowsOf.flatMap((of) => of.rows),
    ...analysis.connects.flatMap((connect) => connectRows(connect, telling)),
  ];
  if (rows.length === 0) return { title: '', lines: [] };
  const head = ['', '', 'p50', 'p99', 'p99.9', 'n'].map((text): Cell => ({ text, tone: 'faint' }));
  return {
    title: 'Where the time goes',
    lines: [
      ...renderTable(COLUMNS, [head, ...rows], { width, indent: 2, paint }),
      ...resumedLine(analysis).map((text) => paint('faint', `  ${text}`)),
    ],
  };
}

function stepRows({ step, overall, parts }: StepAnalysis): readonly (readonly Cell[])[] {
  const median = overall.service.percentiles.find((p) => p.percent === 50);
  const worthNs = median?.kind === 'known' ? median.valueNs * WORTH_RATIO : 0;
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
  return worth.map(([name, summary], i) => row(i === 0 ? step : '', name, summary));
}

/** Of a plain connect to an address there is no part but itself: it stands beside waits for it only. */
function connectRows(
  { target, connect, dns, tcp, tls }: ConnectAnalysis,
  telling: readonly string[],
): readonly (readonly Cell[])[] {
  if (dns.n + tls.n === 0 && !telling.includes(target)) return [];
  const named = [
    ['DNS', dns],
    ['TCP', tcp],
    ['TLS', tls],
  ] as const;
  const parts = dns.n + tls.n === 0 ? [] : named.filter(([, summary]) => summary.n > 0);
  return [
    row(target, 'connect', connect),
    ...parts.map(([name, summary]) => row('', `  ${name}`, summary)),
  ];
}

function row(of: string, name: string, summary: ClockSummary): readonly Cell[] {
  const at = (percent: number): Cell => ({
    text: formatEstimate(summary.percentiles.find((p) => p.percent === percent)),
  });
  return [
    { text: of },
    { text: name, tone: 'faint' },
    ...PERCENTS.map(at),
    { text: formatCount(summary.n), tone: 'faint' },
  ];
}

/** Counted over the measured phases; the connects of the table are those of all seconds without a fault. */
function resumedLine({ counters, connects }: RunAnalysis): readonly string[] {
  if (counters.tlsResumed === 0 || connects.every(({ tls }) => tls.n === 0)) return [];
  const share = formatRatio(counters.tlsResumed / counters.connects);
  return [
    `${formatCount(counters.tlsResumed)} of ${formatCount(counters.connects)} connections of the measured phases took up a TLS session (${share})`,
  ];
}
