import type { CapacityResult, RateJudgement, Standing } from '../capacity/index.ts';
import type { ThresholdResult } from '../gate/index.ts';
import {
  formatBound,
  formatCount,
  formatInterval,
  formatRate,
  formatRatio,
} from './number-format.ts';
import type { Page, Section } from './page.ts';
import type { Tone } from './paint.ts';
import { renderTable, type Cell, type Column } from './table.ts';

const MARKS: Readonly<Record<Standing, readonly [mark: string, tone: Tone]>> = {
  meets: ['✓', 'good'],
  misses: ['✗', 'bad'],
  undecided: ['?', 'doubt'],
  generator: ['!', 'doubt'],
};

const COLUMNS: readonly Column[] = [
  { align: 'left' },
  { align: 'right' },
  { align: 'right', dropOrder: 2 },
  { align: 'right', dropOrder: 3 },
  { align: 'right', dropOrder: 1 },
  { align: 'right' },
  { align: 'left' },
  { align: 'left', cut: true },
];

const HEADINGS = ['', 'rate', 'achieved', 'probes', 'n', '', 'interval', ''];

/** Returns what a capacity search found, with its bracket, and every rate that it probed; else no lines. */
export function capacitySection({ report, paint, width }: Page): Section {
  const { capacity } = report;
  if (capacity === undefined) return { title: '', lines: [] };
  const [objective] = capacity.spec.objectives;
  const head = HEADINGS.map((text, i): Cell => {
    return { text: i === 5 ? aggregateText(objective) : text, tone: 'faint' };
  });
  const rows = capacity.rates.map((rate) => rowOf(rate));
  const objectives = capacity.spec.objectives.map(({ text }) => text).join(' and ');
  return {
    title: 'Capacity',
    lines: [
      `  ${paint('faint', `where ${objectives}`)}`,
      ...resultLines(capacity).map((line) => `  ${paint('strong', line)}`),
      ...reasonLines(capacity).map((line) => `  ${line}`),
      ...kneeLines(capacity).map((line) => `  ${line}`),
      '',
      ...renderTable(COLUMNS, [head, ...rows], { width, indent: 2, paint }),
    ],
  };
}

/** The bracket; never one end without what is known of the other. */
function resultLines({ met, missed, rates, end }: CapacityResult): readonly string[] {
  if (met && missed) {
    return [`between ${rateText(met)}, which meets, and ${rateText(missed)}, which misses`];
  }
  if (met) {
    const why =
      end === 'range' ? 'the highest rate of the search' : 'no rate above it was seen to miss';
    return [`at least ${rateText(met)}: ${why}`];
  }
  const [lowest] = rates;
  if (missed && missed.ratePerSec === lowest?.ratePerSec)
    return [`below ${rateText(missed)}, the lowest rate of the search`];
  if (missed) return [`below ${rateText(missed)}; no rate was seen to meet`];
  return ['not found: no rate was seen to meet or to miss'];
}

function reasonLines({ missed, undecided, rates, end }: CapacityResult): readonly string[] {
  const lines = missed ? [`${formatRate(missed.ratePerSec)} misses: ${missed.reason}`] : [];
  const generator = rates.find(({ standing }) => standing === 'generator');
  if (generator) {
    const rate = formatRate(generator.ratePerSec);
    lines.push(`the generator, not the target, is the limit at ${rate}: ${generator.reason}`);
  }
  const open = undecided.filter(({ standing }) => standing === 'undecided');
  if (open.length > 0) {
    const list = open.map(({ ratePerSec }) => formatRate(ratePerSec)).join(', ');
    lines.push(`undecided at ${list}: longer probes narrow the bracket`);
  }
  if (end === 'stopped') lines.push('the search was stopped: the bracket is as far as it got');
  if (end === 'bound') lines.push('the search ended at its bound of probes');
  return lines;
}

function kneeLines({ knees }: CapacityResult): readonly string[] {
  return knees.map(({ percent, ratePerSec, lowerPerSec, upperPerSec }) => {
    const between = `between ${formatRate(lowerPerSec)} and ${formatRate(upperPerSec)}`;
    return `knee of p${percent} near ${formatRate(ratePerSec)}, ${between}`;
  });
}

function rateText({ ratePerSec, probes }: RateJudgement): string {
  const times = probes.length === 1 ? '1 probe' : `${probes.length} probes`;
  return `${formatRate(ratePerSec)} (${times})`;
}

function rowOf(rate: RateJudgement): readonly Cell[] {
  const [mark, tone] = MARKS[rate.standing];
  const shown = decisiveOf(rate);
  return [
    { text: mark, tone },
    { text: formatRate(rate.ratePerSec), tone: 'strong' },
    { text: formatRate(rate.achievedPerSec) },
    { text: formatCount(rate.probes.length), tone: 'faint' },
    { text: formatCount(shown?.n ?? 0) },
    { text: shown ? valueOf(shown) : '-', tone },
    { text: shown ? intervalOf(shown) : '', tone: 'faint' },
    { text: noteOf(rate), tone: 'faint' },
  ];
}

/** The objective that is missed or open; where all are met, the first. */
function decisiveOf({ objectives }: RateJudgement): ThresholdResult | undefined {
  const miss = objectives.find(({ standing }) => standing === 'misses');
  const open = objectives.find(({ standing }) => standing === 'undecided');
  return (miss ?? open ?? objectives[0])?.result;
}

function valueOf({ value, unit, atLeast }: ThresholdResult): string {
  if (value === undefined) return '-';
  return unit === 'ns' ? formatBound(value, atLeast) : formatRatio(value);
}

function intervalOf({ interval, neededN }: ThresholdResult): string {
  if (interval) return formatInterval(interval.lower, interval.upper, interval.open);
  return neededN === undefined ? '' : `n ≥ ${formatCount(neededN)}`;
}

/** What the numbers before it do not say. */
function noteOf({ standing, droppedArrivals, backlog, arrivals }: RateJudgement): string {
  if (standing === 'generator') return 'the generator was the limit';
  if (droppedArrivals > 0) return `${formatCount(droppedArrivals)} dropped`;
  if (standing === 'misses' && backlog > arrivals / 100)
    return `queue grew by ${formatCount(backlog)}`;
  return '';
}

function aggregateText(
  objective: CapacityResult['spec']['objectives'][number] | undefined,
): string {
  if (objective === undefined) return '';
  const { aggregate, metric } = objective;
  if (aggregate.kind === 'percentile') return `p${aggregate.percent}`;
  return aggregate.kind === 'med' ? 'p50' : metric;
}
