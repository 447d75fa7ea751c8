import { OUTCOMES } from '../core/index.ts';
import type { CallSummary, ClockSummary, StepAnalysis } from '../analyze/index.ts';
import {
  CORRELATION_MIN,
  formatBound,
  formatCount,
  formatEstimate,
  formatEstimateInterval,
  formatRate,
  formatRatio,
} from './number-format.ts';
import type { Paint } from './paint.ts';
import { renderTable, type Cell, type Column } from './table.ts';
import type { Page, Section } from './page.ts';

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'right' },
  { align: 'left', dropOrder: 1 },
  { align: 'right' },
  { align: 'left', dropOrder: 2 },
  { align: 'right' },
];

const CORRELATION_PERCENTS: readonly number[] = [99, 99.9];

/** Returns one section per step: its calls, its errors, and the percentiles of its three clocks. */
export function stepSections({ report, paint, width }: Page): readonly Section[] {
  return report.analysis.steps.map((step) => ({
    title: `${step.step} → ${step.target}`,
    lines: [
      ...callLines(step.overall, paint),
      '',
      ...renderTable(COLUMNS, percentileRows(step.overall, report.analysis.lag), {
        width,
        indent: 2,
        paint,
      }),
      ...censoredLine(step.overall, paint),
      ...correlationLine(step.overall, paint),
      ...phaseLines(step, { width, paint }),
    ],
  }));
}

function callLines(calls: CallSummary, paint: Paint): readonly string[] {
  const failures = OUTCOMES.filter((o) => o !== 'ok' && calls.outcomes[o] > 0);
  const errors = `errors ${formatRatio(calls.errorRatio)}`;
  const facts = [
    `${paint('strong', formatCount(calls.calls))} calls`,
    formatRate(calls.achievedPerSec),
    `ok ${formatCount(calls.outcomes.ok)}`,
    paint(calls.errors > 0 ? 'bad' : 'good', errors),
  ];
  const outcomes = failures.map((o) => `${o} ${formatCount(calls.outcomes[o])}`).join('   ');
  return [`  ${facts.join('   ')}`, ...(outcomes === '' ? [] : [`  ${paint('bad', outcomes)}`])];
}

function percentileRows(
  { response, service }: CallSummary,
  lag: ClockSummary,
): readonly (readonly Cell[])[] {
  const heads = ['', 'response', '95% interval', 'service', '95% interval', 'lag'];
  const percentRows = response.percentiles.map((estimate, i) => [
    { text: `p${estimate.percent}`, tone: 'faint' } as const,
    { text: formatEstimate(estimate), tone: 'strong' } as const,
    { text: formatEstimateInterval(estimate), tone: 'faint' } as const,
    { text: formatEstimate(service.percentiles[i]) },
    { text: formatEstimateInterval(service.percentiles[i]), tone: 'faint' } as const,
    { text: formatEstimate(lag.percentiles[i]) },
  ]);
  return [
    heads.map((text): Cell => ({ text, tone: 'faint' })),
    ...percentRows,
    [
      { text: 'max', tone: 'faint' },
      { text: maxOf(response), tone: 'strong' },
      { text: '' },
      { text: maxOf(service) },
      { text: '' },
      { text: maxOf(lag) },
    ],
  ];
}

function maxOf({ n, maxNs, maxAtLeast }: ClockSummary): string {
  return n === 0 ? '-' : formatBound(maxNs, maxAtLeast);
}

function censoredLine({ response, outcomes }: CallSummary, paint: Paint): readonly string[] {
  if (response.censored === 0) return [];
  const which = (['timeout', 'cancelled'] as const).filter((o) => outcomes[o] > 0).join(' and ');
  const count = formatCount(response.censored);
  return [
    paint('faint', `  ${count} cut off (${which}): in the percentiles as at least that long`),
  ];
}

/** Why an interval is wider, or a refusal sterner, than so many calls would lead one to expect. */
function correlationLine({ response }: CallSummary, paint: Paint): readonly string[] {
  const alike = response.percentiles.filter(
    (p) => CORRELATION_PERCENTS.includes(p.percent) && p.designEffect >= CORRELATION_MIN,
  );
  if (alike.length === 0) return [];
  const worth = alike.map((p) => `${formatCount(p.n / p.designEffect)} at p${p.percent}`);
  return [paint('faint', `  n_eff ${worth.join(', ')}, since calls were slow together`)];
}

/** Only where there is more than one measured phase: a single one says what the whole says. */
function phaseLines(
  { phases }: StepAnalysis,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  if (phases.length < 2) return [];
  const heads = ['phase', 'calls', 'rate', 'errors', 'p50', 'p99', 'p99.9', 'max'];
  const rows = phases.map(({ phase, summary }): readonly Cell[] => {
    const { response } = summary;
    const at = (percent: number): Cell => ({
      text: formatEstimate(response.percentiles.find((p) => p.percent === percent)),
    });
    return [
      { text: phase },
      { text: formatCount(summary.calls) },
      { text: formatRate(summary.achievedPerSec) },
      { text: formatRatio(summary.errorRatio), tone: summary.errors > 0 ? 'bad' : 'plain' },
      at(50),
      at(99),
      at(99.9),
      { text: maxOf(response) },
    ];
  });
  const columns = heads.map((_, i): Column => (i === 0 ? { align: 'left' } : { align: 'right' }));
  const head = heads.map((text): Cell => ({ text, tone: 'faint' }));
  return ['', ...renderTable(columns, [head, ...rows], { width, indent: 2, paint })];
}
