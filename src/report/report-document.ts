import type { RunReport } from './run-report.ts';
import type { Block, ReportClosing, ReportDocument, Section } from './section.ts';
import { words } from './section.ts';
import { abSection } from './sections/ab-section.ts';
import { adviceSection } from './sections/advice-section.ts';
import { comparisonSections } from './sections/comparison-section.ts';
import { capacitySection } from './sections/capacity-section.ts';
import { connectErrorSection } from './sections/connect-error-section.ts';
import { errorSection } from './sections/error-section.ts';
import { faultSection } from './sections/fault-section.ts';
import { generatorSection } from './sections/generator-section.ts';
import { policySection } from './sections/policy-section.ts';
import { partialNotices, reportHead, storageNotices } from './sections/report-head.ts';
import { slowestSection } from './sections/slowest-section.ts';
import { stepSections } from './sections/step-section.ts';
import { thresholdSection } from './sections/threshold-section.ts';
import { timeSection } from './sections/time-section.ts';
import { simulationSection } from './simulation/simulation-section.ts';
import { whySection } from './why/why-document.ts';

/**
 * Returns the report of a run as data: the verdict, the thresholds and why they failed first, then
 * per step the calls and the percentiles of the three clocks, what policies did, errors, where the
 * time went, what the generator did, fault windows, recommended timeouts, slowest calls, what to
 * type next.
 */
export function reportDocument(report: RunReport): ReportDocument {
  const sections: readonly Section[] = [
    simulationSection(report),
    capacitySection(report),
    abSection(report),
    thresholdSection(report),
    whySection(report.why, ({ runId }) => report.commandLine(`why ${runId}`)),
    ...comparisonSections(report),
    ...stepSections(report),
    policySection(report),
    errorSection(report),
    connectErrorSection(report),
    timeSection(report),
    // A simulation has no generator, and would recommend what its own policies make of the times.
    ...(report.simulation ? [] : [generatorSection(report)]),
    faultSection(report),
    ...(report.simulation ? [] : [adviceSection(report)]),
    slowestSection(report),
  ];
  return {
    head: reportHead(report),
    sections: sections.filter(({ blocks }) => blocks.some(saysSomething)),
    closing: closingOf(report),
  };
}

function saysSomething(block: Block): boolean {
  if (block.kind === 'table') return block.rows.length > 0;
  return block.kind === 'note' || (block.kind === 'key-values' && block.entries.length > 0);
}

function closingOf(report: RunReport): ReportClosing {
  const notices = [...partialNotices(report), ...storageNotices(report)];
  if (report.notStored?.spool === '') return { notices, entries: [] };
  if (report.simulation) return { notices, entries: simulationEntries(report, report.simulation) };
  const { run, slowestCalls, errors } = report.analysis;
  // What fails most is looked at before what is slow.
  const failed = errors.find(({ traceIds }) => traceIds.length > 0)?.traceIds[0];
  const traceId = failed ?? slowestCalls[0]?.traceId;
  const traces = traceId === undefined ? [] : [`trace ${traceId}`];
  const commands = [...traces, `report ${run.runId}`];
  return {
    notices,
    entries: [
      { key: report.notStored ? 'to store' : 'stored', value: words(report.storedAt) },
      ...commands.map((command, i) => ({
        key: i === 0 ? 'next' : '',
        value: words(report.commandLine(command)),
      })),
    ],
  };
}

/** Nothing is stored: what is left to do is to look at the run, and to carry the load out. */
function simulationEntries(
  { analysis, commandLine }: RunReport,
  { as }: NonNullable<RunReport['simulation']>,
): ReportClosing['entries'] {
  const { file = '' } = analysis.run.environment;
  return [
    { key: 'next', value: words(commandLine(`report ${as.runId}`)) },
    { key: '', value: words(commandLine(`run ${file}`)) },
  ];
}
