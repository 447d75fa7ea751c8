import type {
  ComparisonVerdict,
  PercentileRow,
  RowLimits,
  RowVerdict,
  RunComparison,
  RunDigest,
  ShareRow,
} from '../../compare/index.ts';
import type { Ns, Ratio } from '../../core/index.ts';

import type { WhyOfRun } from '../../why/index.ts';
import { whySection } from '../why/why-document.ts';
import { formatCell, formatMoment } from '../number-format.ts';
import {
  duration,
  note,
  ratio,
  table,
  words,
  type Cell,
  type Column,
  type Notice,
  type ReportDocument,
  type Row,
  type Section,
  type Table,
  type Tone,
} from '../section.ts';

/** Two runs held against each other, and how to go on. */
export interface ComparisonReport extends RunComparison {
  readonly before: ComparedSide;
  readonly after: ComparedSide;
  readonly verdict: ComparisonVerdict;
  /** Why it is invalid; empty for a valid one. */
  readonly invalid: readonly string[];
  /** In what the two were made otherwise. */
  readonly differences: readonly string[];
  readonly options: { readonly changeRatioMin: Ratio; readonly changeMinNs: Ns };
  /** Why the second is worse, where the spans of both are stored; absent where they are not. */
  readonly why?: { readonly found: WhyOfRun; readonly command: string };
}

interface ComparedSide {
  readonly digest: RunDigest;
  /** `run 6b0d…`, `baseline.json`. */
  readonly name: string;
}

const TONES: Readonly<Record<ComparisonVerdict | RowVerdict, Tone>> = {
  invalid: 'bad',
  regression: 'bad',
  inconclusive: 'doubt',
  improvement: 'good',
  pass: 'good',
  unjudged: 'faint',
};

/** Returns the comparison as data: errors and drops, then times, each with its verdict. */
export function comparisonDocument(report: ComparisonReport): ReportDocument {
  const { before, after, verdict, shares, percentiles, limits } = report;
  return {
    head: {
      name: `comparison of ${after.digest.scenario}`,
      verdict: words(verdict, TONES[verdict]),
      facts: [words(`${after.name} against ${before.name}`)],
      notices: noticesOf(report),
    },
    sections: [
      {
        title: 'Errors and dropped arrivals',
        blocks: [shareTable(shares, RUNS)],
      },
      {
        title: 'Response times',
        blocks:
          percentiles.length === 0
            ? [
                note([
                  words(
                    'no call of a step was answered in both: there is no time to compare',
                    'doubt',
                  ),
                ]),
              ]
            : [
                timeTable(percentiles, RUNS),
                note([words(limitsText(limits), 'faint')]),
                note([words(OF_ONE_PAIR, 'faint')]),
              ],
      },
      ...(report.why === undefined ? [] : [whyOf(report.why)]),
    ],
    closing: {
      notices: [],
      entries: [
        { key: 'before', value: sideCell(before) },
        { key: 'after', value: sideCell(after) },
      ],
    },
  };
}

const OF_ONE_PAIR =
  'intervals are of these two runs: how far two runs of one version lie apart, one pair cannot show; callgauge history does';

function whyOf({ found, command }: NonNullable<ComparisonReport['why']>): Section {
  return whySection(found, () => command);
}

/** Returns which changes count, in one line. */
export function limitsText(limits: RowLimits): string {
  const { changeRatioMin, changeMinNs, shareChangeMin, falseDiscoveryRatio } = limits;
  const least = `${formatPercent(changeRatioMin)} and ${formatCell(duration(changeMinNs))}`;
  const points = (shareChangeMin * 100).toFixed(1);
  return (
    `a change counts from ${least} on, of a share from ${points} percentage points, ` +
    `with q at most ${formatPercent(falseDiscoveryRatio)}`
  );
}

function sideCell({ name, digest }: ComparedSide): Cell {
  const run = name.includes(digest.runId) ? '' : `, run ${digest.runId}`;
  return words(`${name}${run}, ${formatMoment(digest.startedEpochMs)}`);
}

/** Returns why a comparison may be doubted. */
export function noticesOf(report: ComparisonReport): Notice[] {
  const { verdict, invalid, differences, missing, percentiles } = report;
  const notices: Notice[] = [];
  if (report.before.digest.runId === report.after.digest.runId) {
    notices.push({
      claim: 'Both are the same run, which does not differ from itself.',
      tone: 'doubt',
      reasons: [],
      remedy: 'name the run before it: callgauge runs lists them.',
    });
  }
  if (invalid.length > 0) {
    notices.push({
      claim: 'The comparison is invalid: one of the runs must not be believed.',
      tone: 'bad',
      reasons: invalid,
      remedy: 'make that run again.',
    });
  }
  if (differences.length > 0) {
    notices.push({
      claim: 'The two were not made alike: what differs below may come from it.',
      tone: 'doubt',
      reasons: differences,
    });
  }
  if (missing.length > 0) {
    notices.push({ claim: 'Not all is compared.', tone: 'doubt', reasons: missing });
  }
  if (verdict === 'inconclusive') {
    notices.push({
      claim: 'The runs do not decide it.',
      tone: 'doubt',
      reasons: [],
      remedy: remedyOf(percentiles, missing),
    });
  }
  return notices;
}

/** A longer run does not help where no time is of both. */
function remedyOf(percentiles: readonly PercentileRow[], missing: readonly string[]): string {
  if (percentiles.length > 0) {
    return 'run both for longer, or name a larger change that counts: --min-change 5%.';
  }
  return missing.length > 0
    ? 'name runs that have steps and phases in common: both by the names of now.'
    : 'see why calls fail: times are of those that were answered.';
}

const VERDICT_COLUMNS: readonly Column[] = [
  { head: 'q', align: 'right', dropOrder: 3 },
  { head: 'verdict', align: 'left' },
  { head: 'why', align: 'left', message: true },
];

/** What two sides that are held against each other are called. */
type SideNames = readonly [before: string, after: string];
const RUNS: SideNames = ['before', 'after'];

/** Returns the shares of two sides, a row each. */
export function shareTable(rows: readonly ShareRow[], names: SideNames): Table {
  return table(named(SHARE_COLUMNS, names), rows.map(shareCells));
}

/** Returns the percentiles of two sides, a row each. */
export function timeTable(rows: readonly PercentileRow[], names: SideNames): Table {
  return table(named(TIME_COLUMNS, names), rows.map(timeCells));
}

function named(columns: readonly Column[], [before, after]: SideNames): readonly Column[] {
  const nameOf: Readonly<Record<string, string>> = { before, after };
  return columns.map((column) => ({
    ...column,
    head: nameOf[column.head ?? ''] ?? column.head ?? '',
  }));
}

const SHARE_COLUMNS: readonly Column[] = [
  { head: 'step', align: 'left', name: true },
  { head: 'share', align: 'left' },
  { head: 'before', align: 'right' },
  { head: 'after', align: 'right' },
  { head: 'points', align: 'right' },
  { head: '95% interval', align: 'left', dropOrder: 2 },
  ...VERDICT_COLUMNS,
];

function shareCells(row: ShareRow): Row {
  const { kind, step, before, after, difference, differenceLower, differenceUpper } = row;
  return [
    words(step),
    words(kind),
    ratio(before),
    ratio(after),
    words(formatSigned(difference)),
    words(intervalText(differenceLower, differenceUpper), 'faint'),
    ...verdictCells(row),
  ];
}

const TIME_COLUMNS: readonly Column[] = [
  { head: 'step', align: 'left', name: true },
  { head: 'percentile', align: 'left' },
  { head: 'before', align: 'right' },
  { head: 'after', align: 'right' },
  { head: 'change', align: 'right' },
  { head: '95% interval', align: 'left', dropOrder: 2 },
  ...VERDICT_COLUMNS,
];

function timeCells(row: PercentileRow): Row {
  return [
    words(row.step),
    words(`p${row.percent}`),
    duration(row.beforeNs),
    duration(row.afterNs),
    words(`${formatSigned(row.ratio - 1)}%`, TONES[row.verdict]),
    words(changeInterval(row), 'faint'),
    ...verdictCells(row),
  ];
}

function verdictCells({ q, verdict, reason }: PercentileRow | ShareRow): Row {
  const text = q < 1e-6 ? '<1e-6' : q.toPrecision(1);
  return [
    words(verdict === 'unjudged' ? '' : text, 'faint'),
    words(verdict, TONES[verdict]),
    words(reason, 'faint'),
  ];
}

function changeInterval({ ratioLower, ratioUpper }: PercentileRow): string {
  return intervalText(ratioLower === 0 ? -Infinity : ratioLower - 1, ratioUpper - 1);
}

/** Empty for an interval that is not known; one that is open on one side says so. */
function intervalText(lower: Ratio, upper: Ratio): string {
  const isOpen = [lower, upper].map((end) => !Number.isFinite(end));
  if (isOpen[0] === true) return isOpen[1] === true ? '' : `up to ${formatSigned(upper)}%`;
  if (isOpen[1] === true) return `from ${formatSigned(lower)}%`;
  return `${formatSigned(lower)} to ${formatSigned(upper)}%`;
}

/** Returns what a row says in one phrase: `12.3 ms to 14.0 ms, +13.80% (+10.10 to +17.30%)`. */
export function percentileText(row: PercentileRow): string {
  const { beforeNs, afterNs, ratio: change } = row;
  const [before, after] = [beforeNs, afterNs].map((ns) => formatCell(duration(ns)));
  const interval = changeInterval(row);
  return `${before} to ${after}, ${formatSigned(change - 1)}%${inBrackets(interval)}`;
}

/** Returns what a row says in one phrase: `0.1% to 0.5%, +0.40 points (+0.20 to +0.60%)`. */
export function shareText({ before, after, ...row }: ShareRow): string {
  const interval = intervalText(row.differenceLower, row.differenceUpper);
  return `${formatCell(ratio(before))} to ${formatCell(ratio(after))}, ${formatSigned(row.difference)} points${inBrackets(interval)}`;
}

function inBrackets(text: string): string {
  return text === '' ? '' : ` (${text})`;
}

/** Returns `+5.21`, `-12.00`: in hundredths. */
export function formatSigned(value: Ratio): string {
  const text = (value * 100).toFixed(2);
  return value > 0 ? `+${text}` : text;
}

function formatPercent(value: Ratio): string {
  return `${Number((value * 100).toPrecision(3))}%`;
}
