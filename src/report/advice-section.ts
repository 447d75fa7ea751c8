import type { RefusedTimeout, TimeoutRecommendation } from '../advise/index.ts';
import type { ClockSummary, RunAnalysis } from '../analyze/index.ts';
import { formatDuration, msFromNs, secFromNs, type Ns } from '../core/index.ts';
import {
  CORRELATION_MIN,
  formatCount,
  formatEstimate,
  formatEstimateInterval,
} from './number-format.ts';
import { renderTable, type Cell, type Column } from './table.ts';
import type { Page, Section } from './page.ts';

const EDGE_COLUMNS: readonly Column[] = [
  { align: 'left', cut: true },
  { align: 'right' },
  { align: 'right' },
  { align: 'right' },
  { align: 'left' },
];

/** Each timeout takes two: for how many percent, and its value and grade or what is missing. */
const TIMEOUT_COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left' },
  { align: 'left' },
  { align: 'left' },
  { align: 'left', cut: true },
];

interface Advised {
  readonly name: string;
  readonly attempt: ClockSummary | undefined;
  readonly failed: number;
  readonly timeouts: readonly TimeoutRecommendation[];
  /** What `n` counts. */
  readonly counted: 'calls' | 'connections';
}

/**
 * Returns two lines per edge: what one attempt took in the healthy time, and the timeouts that follow
 * from it, or what a sample would need for them. Opening a connection is an edge of its own.
 */
export function adviceSection({ report, paint, width }: Page): Section {
  const { advice } = report;
  const advised = advisedEdges(report);
  const heads = ['edge', 'n', 'p50', 'p99.9', '95% interval'];
  const edgeRows = [heads.map((text): Cell => ({ text, tone: 'faint' })), ...advised.map(edgeRow)];
  const timeoutRows = advised.map(timeoutRow);
  const [head = '', ...edges] = renderTable(EDGE_COLUMNS, edgeRows, { width, indent: 2, paint });
  const timeouts = renderTable(TIMEOUT_COLUMNS, timeoutRows, { width, indent: 4, paint });
  return {
    title: 'Recommended timeouts',
    lines:
      advised.length === 0
        ? []
        : [
            paint('faint', `  ${basisText(report.analysis)}`),
            ...(advice.edges.some(({ kind }) => kind === 'service')
              ? [
                  paint(
                    'faint',
                    '  between services, attempts are taken as independent of each other',
                  ),
                ]
              : []),
            head,
            ...edges.flatMap((line, i) => [line, timeouts[i] ?? '']),
          ],
  };
}

function basisText({ healthy, faults }: RunAnalysis): string {
  const healthyNs = healthy.ranges.reduce((sum, r) => sum + r.toNs - r.fromNs, 0);
  const time = `${secFromNs(healthyNs).toFixed(0)} s`;
  if (faults.length === 0) return `service time of one attempt, in ${time} of load`;
  const guard = `${secFromNs(healthy.guardNs)} s`;
  return `service time of one attempt, in ${time} outside fault windows and ${guard} around them`;
}

/** Advice and analysis hold the edges in the same order. */
function advisedEdges({ advice, analysis }: Page['report']): readonly Advised[] {
  const edges = advice.edges.map((edge, i) => ({
    name: `${edge.caller} → ${edge.callee}  ${edge.operation}`,
    attempt: analysis.edges[i]?.attempt,
    failed: edge.failed,
    timeouts: edge.timeouts,
    counted: 'calls' as const,
  }));
  const connects = advice.connects.map((connect, i) => ({
    name: `connect → ${connect.target}`,
    attempt: analysis.connects[i]?.connect,
    failed: 0,
    timeouts: [connect.timeout],
    counted: 'connections' as const,
  }));
  return [...edges, ...connects];
}

function edgeRow({ name, attempt, timeouts }: Advised): readonly Cell[] {
  const at = (percent: number) => attempt?.percentiles.find((p) => p.percent === percent);
  const p999 = at(99.9);
  const bound = timeouts.find((t) => t.successPercent === 99.9);
  const oneSided = p999?.kind === 'refused' && bound?.kind === 'recommended';
  return [
    { text: name },
    { text: formatCount(attempt?.n ?? 0) },
    { text: formatEstimate(at(50)) },
    { text: formatEstimate(p999) },
    {
      text: oneSided ? `≤ ${formatDuration(bound.upperBoundNs)}` : formatEstimateInterval(p999),
      tone: 'faint',
    },
  ];
}

function timeoutRow({ attempt, timeouts, failed, counted }: Advised): readonly Cell[] {
  const [first, second] = timeouts;
  const designEffect = attempt?.percentiles.find((p) => p.percent === 99.9)?.designEffect ?? 1;
  const alike = designEffect >= CORRELATION_MIN;
  const remarks = [
    ...(alike ? [`n_eff ${formatCount((attempt?.n ?? 0) / designEffect)}`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
  ];
  return [
    ...timeoutCells(first, counted),
    ...timeoutCells(second, counted),
    { text: remarks.join(', '), tone: failed > 0 ? 'bad' : 'faint' },
  ];
}

function timeoutCells(
  timeout: TimeoutRecommendation | undefined,
  counted: Advised['counted'],
): readonly Cell[] {
  if (timeout === undefined) return [{ text: '' }, { text: '' }];
  const percent: Cell = { text: `${timeout.successPercent}%`, tone: 'faint' };
  if (timeout.kind === 'refused')
    return [percent, { text: refusalText(timeout, counted), tone: 'doubt' }];
  const text = `${formatTimeout(timeout.timeoutNs)}, grade ${timeout.grade}`;
  return [percent, { text, tone: 'mark' }];
}

function refusalText(
  { reason, neededN, neededNs }: RefusedTimeout,
  counted: Advised['counted'],
): string {
  if (reason === 'censored') return 'cut off too often: raise its timeout';
  const howLong = neededNs > 0 ? `, ${formatDuration(neededNs)}` : '';
  return `needs ${formatCount(neededN)} ${counted}${howLong}`;
}

/** Whole ms below 10 s, as they go into a configuration: `90 ms`, `1300 ms`, `12 s`. */
function formatTimeout(ns: Ns): string {
  const ms = msFromNs(ns);
  return ms < 10_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
