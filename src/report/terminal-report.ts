import { adviceSection } from './advice-section.ts';
import { capacitySection } from './capacity-section.ts';
import { errorSection } from './error-section.ts';
import { faultSection } from './fault-section.ts';
import { headSection, partialBanner } from './head-section.ts';
import type { Page } from './page.ts';
import { painter, type TerminalStyle } from './paint.ts';
import { generatorSection } from './generator-section.ts';
import type { RunReport } from './run-report.ts';
import { slowestSection } from './slowest-section.ts';
import { stepSections } from './step-section.ts';
import { thresholdSection } from './threshold-section.ts';
import { timeSection } from './time-section.ts';

/** A report needs this many columns; a narrower terminal wraps it. */
const WIDTH_MIN = 80;
/** Wider than this, lines are harder to follow, not easier. */
const WIDTH_MAX = 132;

/**
 * Returns the report of a run as text with a line end: the verdict and the thresholds first, then per
 * step the calls and the percentiles of the three clocks, where the time went, what the generator did, fault windows,
 * recommended timeouts, slowest calls, and what to type next.
 */
export function renderTerminal(report: RunReport, style: TerminalStyle): string {
  const width = Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, style.width));
  const page: Page = { report, paint: painter(style), width };
  const sections = [
    capacitySection(page),
    thresholdSection(page),
    ...stepSections(page),
    errorSection(page),
    timeSection(page),
    generatorSection(page),
    faultSection(page),
    adviceSection(page),
    slowestSection(page),
  ].filter((section) => section.lines.length > 0);
  const blocks = [
    headSection(page),
    ...sections.map(({ title, lines }) => [page.paint('title', title), ...lines]),
    closingLines(page),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function closingLines(page: Page): readonly string[] {
  const { report, paint } = page;
  const [slowest] = report.analysis.slowestCalls;
  const next = [`report ${report.analysis.run.runId}`];
  if (slowest !== undefined) next.unshift(`trace ${slowest.traceId}`);
  return [
    ...partialBanner(page),
    `${paint('faint', 'stored  ')}${report.storedAt}`,
    ...next.map((command, i) => {
      const label = i === 0 ? 'next    ' : '        ';
      return `${paint('faint', label)}${report.commandLine(command)}`;
    }),
  ];
}
