import { isHealthyStretch } from '../analyze/index.ts';
import { formatCount, OUTCOMES, type Rng } from '../core/index.ts';
import type {
  BaselineAnswer,
  BaselineQuestion,
  BaselineSubject,
  BaselineValues,
} from '../gate/index.ts';
import { blockQuantiles } from './block-quantiles.ts';
import { callsToCompare, FREEDOM_MIN, hasStep, timeOf } from './compare-runs.ts';
import { differenceOf, type Estimate } from './difference.ts';
import { addBuckets } from './log-buckets.ts';
import type { CallBlock, PhaseDigest, RunDigest, StepDigest } from './run-digest.ts';
import { shareDifference } from './share-difference.ts';
import {
  arrivalRates,
  callRates,
  droppedShares,
  errorShares,
  outcomeShares,
  type ShareBlock,
} from './shares.ts';

const CUT_OFF = 'calls were cut off below the percentile';

/**
 * Returns what a run and its baseline say on the questions of thresholds. Values and intervals are
 * those of `compare`: by blocks of time of both, over the phases that both have. The interval of a
 * percentile is wider by half a bucket of each: nothing tells where in it the times lie.
 * @param rng draws blocks; called once for each question
 * @param names what both are called where something is missing
 */
export function baselineValues(
  before: RunDigest,
  after: RunDigest,
  rng: () => Rng,
  names: BaselineNames = RUNS,
): BaselineValues {
  return {
    runId: before.runId,
    answer: (question) => answerOf({ before, after, names }, question, rng()),
  };
}

/** What the two that are compared are called. */
export interface BaselineNames {
  readonly before: string;
  readonly after: string;
}

const RUNS: BaselineNames = { before: 'the baseline', after: 'the run' };

interface Sides {
  readonly before: RunDigest;
  readonly after: RunDigest;
  readonly names: BaselineNames;
}

/** What one of the runs says. */
interface Seen extends Estimate {
  /** Calls or arrivals; 0 where it says nothing. */
  readonly n: number;
  readonly isCutOff: boolean;
  /** How far the value may be off, its bucket being as wide. */
  readonly coarseness: number;
}

function answerOf(
  { before, after, names }: Sides,
  question: BaselineQuestion,
  rng: Rng,
): BaselineAnswer {
  const { of, factor } = question;
  const phases = phasesOfBoth(before, after, question.phase);
  const [was, is] = [
    seenIn({ digest: before, other: after }, question, phases, rng),
    seenIn({ digest: after, other: before }, question, phases, rng),
  ];
  const lack = lackOf(before, question, phases);
  if (lack !== undefined) return { kind: 'missing', reason: `${names.before} has no ${lack}` };
  const none = [was, is].findIndex(({ n }) => n === 0);
  if (none !== -1) {
    const name = none === 0 ? names.before : names.after;
    return { kind: 'missing', reason: `${name} has no ${NOUNS[of.kind]} there` };
  }
  const scaled = {
    value: factor * was.value,
    variance: factor * factor * was.variance,
    freedom: was.freedom,
  };
  const { lower, upper } = SAMPLED.has(of.kind)
    ? shareDifference(was, is, factor)
    : differenceOf(scaled, is);
  const coarseness = factor * was.coarseness + is.coarseness;
  const neededN = of.kind === 'percentile' ? callsToCompare(of.percent) : 0;
  const few =
    was.n < neededN
      ? `${names.before} has ${formatCount(was.n)} calls, and ${formatCount(neededN)} are wanted`
      : '';
  return {
    kind: 'known',
    baseline: was.value,
    value: is.value,
    lower: lower - coarseness,
    upper: upper + coarseness,
    doubt: few || doubtOf(was, is, { neededN, name: names.before }),
    n: is.n,
    ...(is.n < neededN && { neededN }),
  };
}

/** Shares of calls, which are those of a sample: the rest is by the seconds of the run. */
const SAMPLED: ReadonlySet<BaselineSubject['kind']> = new Set([
  'errors',
  'timeouts',
  'rejected',
  'fallbacks',
]);

const NOUNS: Readonly<Record<BaselineSubject['kind'], string>> = {
  percentile: 'answered call',
  errors: 'call',
  timeouts: 'call',
  rejected: 'call',
  fallbacks: 'call',
  calls: 'call',
  dropped: 'arrival',
  arrivals: 'arrival',
};

function doubtOf(
  was: Seen,
  is: Seen,
  { neededN, name }: { readonly neededN: number; readonly name: string },
): string {
  if (was.isCutOff || is.isCutOff) return CUT_OFF;
  if (is.n < neededN) return `a comparison wants ${formatCount(neededN)} calls`;
  if (Math.min(was.freedom, is.freedom) >= FREEDOM_MIN) return '';
  return `too few seconds, or too alike, to compare with ${name}`;
}

function phasesOfBoth(before: RunDigest, after: RunDigest, phase: string): readonly string[] {
  const names = new Set(after.phases.map(({ name }) => name));
  return before.phases
    .map(({ name }) => name)
    .filter((name) => names.has(name) && (phase === '' || name === phase));
}

/** Returns which phase or step of the question it has not. */
function lackOf(
  before: RunDigest,
  { steps, phase }: BaselineQuestion,
  phases: readonly string[],
): string | undefined {
  if (phases.length === 0) {
    return `phase ${phase === '' ? 'of this run' : phase}`;
  }
  const gone = steps.filter((step) => !before.steps.some((own) => own.step === step));
  return gone.length === 0 ? undefined : `step ${gone.join(', ')}`;
}

function seenIn(
  { digest, other }: { readonly digest: RunDigest; readonly other: RunDigest },
  { of, steps, isHealthy }: BaselineQuestion,
  phases: readonly string[],
  rng: Rng,
): Seen {
  const isMeant = ({ stretch }: { readonly stretch: string }): boolean =>
    !isHealthy || isHealthyStretch(stretch);
  const blocks = phases.flatMap((phase) => {
    const own = digest.steps.filter(
      (one) => one.phase === phase && steps.includes(one.step) && hasStep(other, one),
    );
    return together(
      phase,
      own.map((one) => ({ ...one, blocks: one.blocks.filter(isMeant) })),
    );
  });
  if (of.kind !== 'percentile') {
    const arrivals = digest.phases
      .filter(({ name }) => phases.includes(name))
      .map((phase) => ({ ...phase, blocks: phase.blocks.filter(isMeant) }));
    return { ...EVENTS[of.kind](blocks, arrivals), isCutOff: false, coarseness: 0 };
  }
  const { bucketRatio } = digest;
  const { n, quantiles } = blockQuantiles({ blocks, bucketRatio }, [of.percent], rng);
  const [seen] = quantiles;
  if (seen === undefined) return NOTHING;
  const time = timeOf(seen);
  const coarseness = (time.value * (bucketRatio - 1)) / 2;
  return { ...time, n, isCutOff: seen.isCutOff, coarseness };
}

/** The blocks of all steps of a phase are of the same seconds. */
function together(phase: string, steps: readonly StepDigest[]): readonly CallBlock[] {
  const [first] = steps;
  return (first?.blocks ?? []).map(({ stretch, seconds }, i) => {
    const own = steps.flatMap(({ blocks }) => blocks[i] ?? []);
    const outcomes = OUTCOMES.flatMap((outcome) => {
      const calls = own.reduce((sum, block) => sum + (block.outcomes[outcome] ?? 0), 0);
      return calls === 0 ? [] : [[outcome, calls] as const];
    });
    return {
      stretch: `${phase} ${stretch}`,
      seconds,
      outcomes: Object.fromEntries(outcomes),
      response: addBuckets(own.map(({ response }) => response)),
      cutOff: addBuckets(own.map(({ cutOff }) => cutOff)),
    };
  });
}

const NOTHING: Seen = {
  value: 0,
  variance: Infinity,
  freedom: 0,
  n: 0,
  isCutOff: false,
  coarseness: 0,
};

type EventKind = Exclude<BaselineSubject['kind'], 'percentile'>;

const EVENTS: Readonly<
  Record<EventKind, (blocks: readonly CallBlock[], phases: readonly PhaseDigest[]) => ShareBlock>
> = {
  errors: errorShares,
  timeouts: (blocks) => outcomeShares(blocks, 'timeout'),
  rejected: (blocks) => outcomeShares(blocks, 'rejected'),
  fallbacks: (blocks) => outcomeShares(blocks, 'fallback'),
  calls: callRates,
  dropped: (_blocks, phases) => droppedShares(phases),
  arrivals: (_blocks, phases) => arrivalRates(phases),
};
