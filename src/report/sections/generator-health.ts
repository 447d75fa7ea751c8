import {
  counted,
  formatDuration,
  formatRatio,
  type Ns,
  NS_PER_MS,
  NS_PER_US,
  type Ratio,
} from '../../core/index.ts';
import type { RunAnalysis } from '../../analyze/index.ts';
import { formatBound } from '../number-format.ts';
import { words, type KeyValue } from '../section.ts';

/** Below these, every sender on every machine shows as much. */
const RUN_DELAY_RATIO_MIN: Ratio = 0.01;
const GC_LONGEST_MIN_NS: Ns = 2 * NS_PER_MS;
const UNREAD_MIN_NS: Ns = NS_PER_MS;

/** Returns what the generator added to the results, and how its sending threads fared. */
export function healthEntries(analysis: RunAnalysis): readonly KeyValue[] {
  const facts: readonly (readonly [key: string, text: string | undefined])[] = [
    ['own delay', ownDelay(analysis)],
    ['late', late(analysis)],
    ['unread', unread(analysis)],
    ['thread', thread(analysis)],
    ['gc', collections(analysis)],
  ];
  return facts.flatMap(([key, text]) => (text === undefined ? [] : [{ key, value: words(text) }]));
}

/** Of the step to whose p99, or nearest percentile below, the generator added the largest share. */
function ownDelay({ generator }: RunAnalysis): string | undefined {
  const tails = generator.steps.flatMap(({ step, added }) => {
    const share = added.findLast(({ percent }) => percent <= 99);
    if (share === undefined) return [];
    const ratio = share.responseNs === 0 ? 0 : share.addedNs / share.responseNs;
    return { step, ...share, ratio };
  });
  const [worst] = tails.toSorted((a, b) => b.ratio - a.ratio);
  if (worst === undefined) return undefined;
  const { step, percent, isRefused, addedNs, ratio } = worst;
  const where = `p${percent} of ${step}`;
  return addedNs < NS_PER_US
    ? `adds nothing to ${where}`
    : `adds ${isRefused ? 'about ' : ''}${formatDuration(addedNs)} to ${where} (${formatRatio(ratio)})`;
}

function late({ generator }: RunAnalysis): string | undefined {
  const { lateArrivals, lateRatio, lateNs } = generator;
  if (lateArrivals === 0) return undefined;
  const arrivals = counted(lateArrivals, 'arrival');
  return `${arrivals} (${formatRatio(lateRatio)}) by more than ${formatDuration(lateNs)}`;
}

function unread({ generator }: RunAnalysis): string | undefined {
  const tail = generator.uncertainty.percentiles.find((p) => p.percent === 99);
  if (tail?.kind !== 'known' || tail.valueNs < UNREAD_MIN_NS) return undefined;
  return `answers waited at most ${formatBound(tail.valueNs, tail.atLeast)} to be read at p99`;
}

function thread({ generator }: RunAnalysis): string | undefined {
  const { thread: health } = generator;
  if (health === undefined) return undefined;
  const facts = [`${formatRatio(health.cpuRatio)} of a core`];
  if (health.runDelayRatio >= RUN_DELAY_RATIO_MIN) {
    facts.push(`kept off it for ${formatRatio(health.runDelayRatio)} of the time`);
  }
  return facts.join(', ');
}

function collections({ generator }: RunAnalysis): string | undefined {
  const { gcPauses = 0, gcPauseNs = 0, gcLongestNs = 0 } = generator.thread ?? {};
  if (gcLongestNs < GC_LONGEST_MIN_NS) return undefined;
  const all = `${counted(gcPauses, 'pause')}, ${formatDuration(gcPauseNs)} in all`;
  return `${all}, the longest ${formatDuration(gcLongestNs)}`;
}
