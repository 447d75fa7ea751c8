import type { RefusedTimeout, TimeoutRecommendation } from '../../advise/index.ts';
import type { ClockSummary, RunAnalysis } from '../../analyze/index.ts';
import { formatCount, formatDuration, msFromNs, type Ns, secFromNs } from '../../core/index.ts';
import { CORRELATION_MIN, formatWorth, N_EFF_MEANS } from '../number-format.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  estimate,
  estimateInterval,
  note,
  table,
  words,
  type Column,
  type Note,
  type Row,
  type Section,
} from '../section.ts';

const EDGE_COLUMNS: readonly Column[] = [
  { head: 'edge', align: 'left', name: true },
  { head: 'n', align: 'right' },
  { head: 'p50', align: 'right' },
  { head: 'p99.9', align: 'right' },
  { head: '95% interval', align: 'left' },
];

/** Each timeout takes two: for how many percent, and its value and grade or what is missing. */
const TIMEOUT_COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'left' },
  { align: 'left' },
  { align: 'left' },
  { align: 'left', message: true },
];

/** The least share of attempts that a timeout which stays in place should let end. */
const PERCENT = 99.9;

interface Advised {
  readonly name: string;
  readonly attempt: ClockSummary | undefined;
  readonly failed: number;
  readonly timeouts: readonly TimeoutRecommendation[];
  /** What `n` counts. */
  readonly counted: 'calls' | 'connections';
}

/**
 * Returns per edge what one attempt took in the healthy time, and below it the timeouts that
 * follow, or what a sample would need for them. Opening a connection is an edge of its own.
 */
export function adviceSection(report: RunReport): Section {
  const advised = advisedEdges(report);
  if (advised.length === 0) return { title: 'Recommended timeouts', blocks: [] };
  return {
    title: 'Recommended timeouts',
    blocks: [
      note([words(basisText(report.analysis), 'faint')]),
      table(EDGE_COLUMNS, advised.map(edgeRow), {
        details: { columns: TIMEOUT_COLUMNS, rows: advised.map(timeoutRow) },
      }),
      ...legend(advised),
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

/** Says what the words of the table mean, those of them that stand there. */
function legend(advised: readonly Advised[]): readonly Note[] {
  const isGraded = advised.some(({ timeouts }) => timeouts.some((t) => t.kind === 'recommended'));
  const shown = advised.flatMap(({ timeouts }) => shownOf(timeouts));
  const isFallback = shown.some((t) => t.successPercent < PERCENT);
  const isBound = shown.some((t) => t.kind === 'refused' && t.neededIsBound);
  return [
    ...(isGraded
      ? ['grade: calls past the percentile, 3–9 low, 10–99 medium, 100 or more high']
      : []),
    ...(isFallback ? ['99%: cuts off 1 good attempt in 100; shown while 99.9% is not known'] : []),
    ...(isBound ? ['up to: too short a run to tell how alike its calls are; fewer may do'] : []),
    ...(advised.some(isAlike) ? [N_EFF_MEANS] : []),
  ].map((text) => note([words(text, 'faint')]));
}

/** Advice and analysis hold the edges in the same order. */
function advisedEdges({ advice, analysis }: RunReport): readonly Advised[] {
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

function edgeRow({ name, attempt, timeouts }: Advised): Row {
  const at = (percent: number) => attempt?.percentiles.find((p) => p.percent === percent);
  const p999 = at(PERCENT);
  const bound = timeouts.find((t) => t.successPercent === PERCENT);
  const oneSided = p999?.kind === 'refused' && bound?.kind === 'recommended';
  return [
    words(name),
    count(attempt?.n ?? 0),
    estimate(at(50)),
    estimate(p999),
    oneSided
      ? words(`≤ ${formatDuration(bound.upperBoundNs)}`, 'faint')
      : estimateInterval(p999, 'faint'),
  ];
}

/** What comes behind one that wants more calls wants still more of them. */
function shownOf(timeouts: Advised['timeouts']): Advised['timeouts'] {
  const refusedAt = timeouts.findIndex((t) => t.kind === 'refused' && t.reason === 'sample');
  return refusedAt < 0 ? timeouts : timeouts.slice(0, refusedAt + 1);
}

function timeoutRow({ attempt, timeouts, failed, counted }: Advised): Row {
  const [first, second] = shownOf(timeouts);
  const designEffect = designEffectOf(attempt, timeouts);
  const alike = isAlike({ attempt, timeouts });
  const remarks = [
    ...(alike ? [`n_eff ${formatWorth(attempt?.n ?? 0, designEffect)}`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
  ];
  return [
    ...timeoutCells(first, counted),
    ...timeoutCells(second, counted),
    words(remarks.join(', '), failed > 0 ? 'bad' : 'faint'),
  ];
}

/** Where nothing is recommended the refusal says by itself how many calls it wants. */
function isAlike({ attempt, timeouts }: Pick<Advised, 'attempt' | 'timeouts'>): boolean {
  const isGiven = timeouts.some((t) => t.kind === 'recommended');
  return isGiven && designEffectOf(attempt, timeouts) >= CORRELATION_MIN;
}

/** That of what is recommended first. */
function designEffectOf(attempt: ClockSummary | undefined, [first]: Advised['timeouts']): number {
  const percent = first?.successPercent;
  return attempt?.percentiles.find((p) => p.percent === percent)?.designEffect ?? 1;
}

function timeoutCells(
  timeout: TimeoutRecommendation | undefined,
  counted: Advised['counted'],
): Row {
  if (timeout === undefined) return [words(''), words('')];
  const percent = words(`${timeout.successPercent}%`, 'faint');
  if (timeout.kind === 'refused') return [percent, words(refusalText(timeout, counted), 'doubt')];
  const text = `${formatTimeout(timeout.timeoutNs)}, grade ${timeout.grade}`;
  return [percent, words(text, timeout.successPercent < PERCENT ? 'plain' : 'mark')];
}

function refusalText(
  { reason, neededN, neededIsBound, neededNs }: RefusedTimeout,
  counted: Advised['counted'],
): string {
  if (reason === 'censored') return 'cut off too often: raise its timeout';
  if (reason === 'spans') return 'too many spans are missing';
  const howLong = neededNs > 0 ? `, ${formatDuration(neededNs)}` : '';
  const upTo = neededIsBound ? 'up to ' : '';
  return `needs ${upTo}${formatCount(neededN)} ${counted}${howLong}`;
}

/** Whole ms below 10 s, as they go into a configuration: `90 ms`, `1300 ms`, `12 s`. */
function formatTimeout(ns: Ns): string {
  const ms = msFromNs(ns);
  return ms < 10_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
