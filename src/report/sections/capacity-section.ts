import { counted, formatCount, formatRate } from '../../core/index.ts';
import type { CapacityResult, RateEvaluation, RateVerdict } from '../../capacity/index.ts';
import type { ThresholdResult } from '../../gate/index.ts';
import type { RunReport } from '../run-report.ts';
import {
  count,
  duration,
  interval,
  needed,
  note,
  rate,
  ratio,
  table,
  unknown,
  words,
  type Cell,
  type Column,
  type Note,
  type Row,
  type Section,
  type Tone,
} from '../section.ts';

const MARKS: Readonly<Record<RateVerdict, readonly [mark: string, tone: Tone]>> = {
  meets: ['✓', 'good'],
  misses: ['✗', 'bad'],
  undecided: ['?', 'doubt'],
  generator: ['!', 'doubt'],
};

/** Returns what a capacity search found, its bracket, and every rate that it probed. */
export function capacitySection({ capacity }: RunReport): Section {
  if (capacity === undefined) return { title: 'Capacity', blocks: [] };
  const objectives = capacity.spec.objectives.map(({ text }) => text).join(' and ');
  return {
    title: 'Capacity',
    blocks: [
      note([words(`where ${objectives}`, 'faint')]),
      note([words(capacityText(capacity), 'strong')]),
      ...[...reasons(capacity), ...knees(capacity)].map((text) => note([words(text)])),
      ...capacity.rates.filter(isPartlySpoilt).flatMap(spoiltNotes),
      table(columnsOf(capacity), capacity.rates.map(rowOf), { apart: true }),
    ],
  };
}

function columnsOf({ spec }: CapacityResult): readonly Column[] {
  return [
    { align: 'left' },
    { head: 'rate', align: 'right' },
    { head: 'achieved', align: 'right', dropOrder: 2 },
    { head: 'probes', align: 'right', dropOrder: 3 },
    { head: 'n', align: 'right', dropOrder: 1 },
    { head: aggregateText(spec.objectives[0]), align: 'right' },
    { head: 'interval', align: 'left' },
    { align: 'left', message: true },
  ];
}

/** The bracket; never one end without what is known of the other. */
export function capacityText({ met, missed, unsent, rates, end }: CapacityResult): string {
  if (met && missed) {
    return `between ${rateText(met)}, which meets, and ${rateText(missed)}, which misses`;
  }
  if (met && unsent) {
    return `at least ${rateText(met)}: the generator could not send ${formatRate(unsent.ratePerSec)}`;
  }
  if (met) {
    const why =
      end === 'range' ? 'the highest rate of the search' : 'no rate above it was seen to miss';
    return `at least ${rateText(met)}: ${why}`;
  }
  const [lowest] = rates;
  if (missed && missed.ratePerSec === lowest?.ratePerSec) {
    return `below ${rateText(missed)}, the lowest rate of the search`;
  }
  if (missed) return `below ${rateText(missed)}; no rate was seen to meet`;
  return 'not found: no rate was seen to meet or to miss';
}

function reasons({ missed, unsent, undecided, rates, end }: CapacityResult): readonly string[] {
  const lines = missed ? [`${formatRate(missed.ratePerSec)} misses: ${missed.reason}`] : [];
  // The head has it where the bracket ends there.
  const generator = unsent ? undefined : rates.find(({ verdict }) => verdict === 'generator');
  if (generator) {
    const at = formatRate(generator.ratePerSec);
    lines.push(`the generator, not the target, is the limit at ${at}: ${generator.reason}`);
  }
  const open = undecided.filter(({ verdict }) => verdict === 'undecided');
  if (open.length > 0) {
    const list = open.map(({ ratePerSec }) => formatRate(ratePerSec)).join(', ');
    lines.push(`undecided at ${list}: longer probes narrow the bracket`);
  }
  if (end === 'stopped') lines.push('the search was stopped: the bracket is as far as it got');
  if (end === 'bound') lines.push('the search ended at its bound of probes');
  return lines;
}

/** Whether probes of it count for nothing; where all are spoilt, it is the generator's limit. */
function isPartlySpoilt({ verdict, spoiltProbes }: RateEvaluation): boolean {
  return verdict !== 'generator' && spoiltProbes.length > 0;
}

function spoiltNotes({ ratePerSec, spoiltProbes }: RateEvaluation): readonly Note[] {
  const [first] = spoiltProbes;
  const isOne = spoiltProbes.length === 1;
  const spoilt = `${counted(spoiltProbes.length, 'probe')} at ${formatRate(ratePerSec)}`;
  const weight = isOne ? 'it counts for nothing' : 'they count for nothing; the first';
  return [
    note([words(`${spoilt} spoilt by the generator, ${weight}:`)]),
    note([words(first?.reason ?? '')], { nested: true }),
  ];
}

function knees({ knees: found }: CapacityResult): readonly string[] {
  return found.map(({ percent, ratePerSec, lowerPerSec, upperPerSec }) => {
    const between = `between ${formatRate(lowerPerSec)} and ${formatRate(upperPerSec)}`;
    return `knee of p${percent} near ${formatRate(ratePerSec)}, ${between}`;
  });
}

function rateText(evaluated: RateEvaluation): string {
  const { ratePerSec, probes, spoiltProbes } = evaluated;
  const spoilt = isPartlySpoilt(evaluated) ? `, ${formatCount(spoiltProbes.length)} spoilt` : '';
  return `${formatRate(ratePerSec)} (${counted(probes.length, 'probe')}${spoilt})`;
}

function rowOf(evaluated: RateEvaluation): Row {
  const [mark, tone] = MARKS[evaluated.verdict];
  const shown = decisiveOf(evaluated);
  return [
    words(mark, tone),
    rate(evaluated.ratePerSec, 'strong'),
    rate(evaluated.achievedPerSec),
    count(evaluated.probes.length, 'faint'),
    count(shown?.n ?? 0),
    valueOf(shown, tone),
    intervalOf(shown),
    words(noteOf(evaluated), 'faint'),
  ];
}

/** The objective that is missed or open; where all are met, the first. */
function decisiveOf({ objectives }: RateEvaluation): ThresholdResult | undefined {
  const miss = objectives.find(({ verdict }) => verdict === 'misses');
  const open = objectives.find(({ verdict }) => verdict === 'undecided');
  return (miss ?? open ?? objectives[0])?.result;
}

function valueOf(result: ThresholdResult | undefined, tone: Tone): Cell {
  if (result?.value === undefined) return unknown(tone);
  const { value, unit, atLeast } = result;
  return unit === 'ns' ? duration(value, { atLeast, tone }) : ratio(value, tone);
}

function intervalOf(result: ThresholdResult | undefined): Cell {
  if (result?.interval) {
    const { lower, upper, open } = result.interval;
    return interval(lower, upper, { upperAtLeast: open, tone: 'faint' });
  }
  return result?.neededN === undefined ? words('') : needed(result.neededN, 'faint');
}

/** What the numbers before it do not say. */
function noteOf(evaluated: RateEvaluation): string {
  const { verdict, droppedArrivals, backlog, arrivals, spoiltProbes } = evaluated;
  if (verdict === 'generator') return 'the generator was the limit';
  if (droppedArrivals > 0) return `${formatCount(droppedArrivals)} dropped`;
  if (verdict === 'misses' && backlog > arrivals / 100)
    return `queue grew by ${formatCount(backlog)}`;
  return isPartlySpoilt(evaluated) ? `${formatCount(spoiltProbes.length)} spoilt` : '';
}

function aggregateText(
  objective: CapacityResult['spec']['objectives'][number] | undefined,
): string {
  if (objective === undefined) return '';
  const { aggregate, metric } = objective;
  if (aggregate.kind === 'percentile') return `p${aggregate.percent}`;
  return aggregate.kind === 'med' ? 'p50' : metric;
}
