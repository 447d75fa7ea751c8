import type { RunAnalysis } from '../analyze/index.ts';
import { healthRows } from './generator-health.ts';
import { formatCount } from './number-format.ts';
import type { Page, Section } from './page.ts';
import { renderTable, type Cell, type Column } from './table.ts';

const COLUMNS: readonly Column[] = [{ align: 'left' }, { align: 'left', cut: true }];

/**
 * Returns what the harness itself did: whether every arrival of the schedule was taken up, and what
 * it had to drop, and what it added to the results itself. Dropped arrivals and spans are named also where there were none, since that nothing
 * was lost is a result too; other trouble only where there was any.
 */
export function generatorSection({ report, paint, width }: Page): Section {
  const { analysis } = report;
  const rows = [
    arrivalsRow(analysis),
    ...closedRows(analysis),
    spansRow(analysis),
    ...healthRows(analysis),
    ...troubleRows(analysis),
  ];
  return { title: 'Generator', lines: renderTable(COLUMNS, rows, { width, indent: 2, paint }) };
}

function arrivalsRow({ counters, phases }: RunAnalysis): readonly Cell[] {
  const measured = phases.filter((p) => p.measured);
  const known = measured.flatMap((p) => (p.wantedArrivals === undefined ? [] : [p.wantedArrivals]));
  const wanted = formatCount(known.reduce((sum, count) => sum + count, 0));
  const ofWanted = known.length === measured.length ? ` of ${wanted} scheduled` : '';
  const dropped = formatCount(counters.droppedArrivals);
  return [
    { text: 'arrivals', tone: 'faint' },
    {
      text: `${formatCount(counters.arrivals)}${ofWanted}, ${dropped} dropped`,
      tone: counters.droppedArrivals > 0 ? 'bad' : 'plain',
    },
  ];
}

/** A closed phase flatters the target: whoever reads its percentiles must be told. */
function closedRows({ phases }: RunAnalysis): readonly (readonly Cell[])[] {
  const closed = phases.filter((p) => p.measured && p.model === 'closed').map((p) => p.name);
  if (closed.length === 0) return [];
  const text = `${closed.join(', ')}: users wait for answers, so queueing cannot show (coordinated omission)`;
  return [
    [
      { text: 'closed', tone: 'faint' },
      { text, tone: 'doubt' },
    ],
  ];
}

function spansRow({ counters, spans }: RunAnalysis): readonly Cell[] {
  const own = formatCount(spans.harness);
  const theirs = formatCount(spans.all - spans.harness);
  const dropped = formatCount(counters.droppedSpans);
  return [
    { text: 'spans', tone: 'faint' },
    {
      text: `${own} of callgauge and ${theirs} of services stored, ${dropped} dropped`,
      tone: counters.droppedSpans > 0 ? 'bad' : 'plain',
    },
  ];
}

function troubleRows({ counters }: RunAnalysis): readonly (readonly Cell[])[] {
  const named: readonly (readonly [name: string, count: number, what: string])[] = [
    ['rejected', counters.rejectedSpans, 'spans of services, their ids or times being impossible'],
    ['abandoned', counters.abandonedSteps, 'steps, one before them having failed'],
    ['late', counters.lateResponses, 'answers that had begun when their timeout came'],
    ['reconnects', counters.reconnects, 'connections opened again'],
    [
      'stale DNS',
      counters.staleDns,
      'connections to a last known address, its look-up having failed',
    ],
    ['clamped', counters.clamped, 'times longer than a histogram holds'],
  ];
  return named
    .filter(([, count]) => count > 0)
    .map(([name, count, what]) => [
      { text: name, tone: 'faint' },
      { text: `${formatCount(count)} ${what}`, tone: 'doubt' },
    ]);
}
