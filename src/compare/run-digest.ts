import type { ArrivalSecond, MeasuredSeconds } from '../analyze/index.ts';
import {
  CENSORED_OUTCOMES,
  countOf,
  type HistogramSlice,
  type LoadModel,
  type Ms,
  type Ns,
  NS_PER_SEC,
  type Outcome,
  OUTCOMES,
  TIMED_OUTCOMES,
} from '../core/index.ts';
import { fingerprintOf, type Fingerprint } from './fingerprint.ts';
import { addBuckets, bucketCounts, type BucketCounts } from './log-buckets.ts';

/**
 * A run as another is compared with it, small enough for a file: its calls in coarse buckets, block
 * of time by block of time.
 */
export interface RunDigest {
  readonly runId: string;
  readonly scenario: string;
  readonly startedEpochMs: Ms;
  readonly harnessVersion: string;
  readonly environment: Fingerprint;
  /** By how much a bucket's times grow to the next one's: 1.02 tells times apart by 1%. */
  readonly bucketRatio: number;
  /** The measured phases, in the order of the scenario. */
  readonly phases: readonly PhaseDigest[];
  /** Steps by name, each in the order of its phases. */
  readonly steps: readonly StepDigest[];
}

export interface PhaseDigest {
  readonly name: string;
  readonly model: LoadModel;
  readonly ranNs: Ns;
  readonly blocks: readonly ArrivalBlock[];
}

/** What fell due in a block of time. */
export interface ArrivalBlock {
  readonly stretch: string;
  readonly seconds: number;
  readonly arrivals: number;
  readonly dropped: number;
}

/** The calls of one step in one phase. */
export interface StepDigest {
  readonly step: string;
  readonly phase: string;
  /** At most twenty, and one for each end of a stretch. */
  readonly blocks: readonly CallBlock[];
}

/** The calls of a block of time. */
export interface CallBlock {
  /** The stretch of the run that the block lies in: blocks of one are alike by plan. */
  readonly stretch: string;
  readonly seconds: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** The response times of answered and cut-off calls, the latter at their bounds. */
  readonly response: BucketCounts;
  /** Those of `response` that were cut off; empty for none. */
  readonly cutOff: BucketCounts;
}

/** A stored run in memory; a file is coarser. */
export const FINE_BUCKET_RATIO = 1.005;
export const FILE_BUCKET_RATIO = 1.02;

/**
 * Calls that follow each other are alike, blocks of twenty hardly: ten to thirty are as good as any
 * number.
 * @see Schmeiser, "Batch size effects in the analysis of simulation output", 1982
 */
const BLOCKS_PER_PHASE = 20;

/** Returns the digest of a run whose response times were read. */
export function digestOf(
  seconds: MeasuredSeconds,
  arrivals: readonly ArrivalSecond[],
  bucketRatio: number,
): RunDigest {
  const { run, phases, slices } = seconds;
  const { runId, scenario, startedEpochMs, harnessVersion, environment } = run;
  const blockOf = new Map(phases.map(({ name }) => [name, blocksOfPhase(seconds, name)]));
  const bySteps = Map.groupBy(slices, ({ step }) => step);
  return {
    runId,
    scenario,
    startedEpochMs,
    harnessVersion,
    environment: fingerprintOf(environment),
    bucketRatio,
    phases: phases.map(({ name, ranNs }) => ({
      name,
      model: run.phases.find((phase) => phase.name === name)?.model ?? 'open',
      ranNs,
      blocks: (blockOf.get(name) ?? []).map((block) => arrivalBlock(block, name, arrivals)),
    })),
    steps: [...bySteps]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([step, ofStep]) =>
        phases.flatMap(({ name }) => {
          const own = ofStep.filter(({ phase }) => phase === name);
          if (own.length === 0) return [];
          return [stepDigest(step, name, { own, blocks: blockOf.get(name) ?? [], bucketRatio })];
        }),
      ),
  };
}

interface BlockOfTime {
  readonly stretch: string;
  readonly fromSecond: number;
  readonly toSecond: number;
}

/** A block ends with its stretch, or when it is a twentieth of the phase. */
function blocksOfPhase(
  { phases, stratumOf }: MeasuredSeconds,
  name: string,
): readonly BlockOfTime[] {
  const phase = phases.find((one) => one.name === name);
  if (phase === undefined) return [];
  const first = Math.floor(phase.fromNs / NS_PER_SEC);
  const end = Math.ceil((phase.fromNs + phase.ranNs) / NS_PER_SEC);
  const longest = Math.ceil((end - first) / BLOCKS_PER_PHASE);
  const blocks: BlockOfTime[] = [];
  for (let second = first; second < end; second++) {
    const stretch = stratumOf(second);
    const last = blocks.at(-1);
    if (last?.stretch === stretch && second - last.fromSecond < longest) {
      blocks[blocks.length - 1] = { ...last, toSecond: second + 1 };
    } else {
      blocks.push({ stretch, fromSecond: second, toSecond: second + 1 });
    }
  }
  return blocks;
}

function isIn(
  { fromSecond, toSecond }: BlockOfTime,
  { second }: { readonly second: number },
): boolean {
  return second >= fromSecond && second < toSecond;
}

function arrivalBlock(
  block: BlockOfTime,
  phase: string,
  arrivals: readonly ArrivalSecond[],
): ArrivalBlock {
  const own = arrivals.filter((one) => one.phase === phase && isIn(block, one));
  return {
    stretch: block.stretch,
    seconds: block.toSecond - block.fromSecond,
    arrivals: own.reduce((sum, one) => sum + one.arrivals, 0),
    dropped: own.reduce((sum, one) => sum + one.dropped, 0),
  };
}

interface StepParts {
  readonly own: readonly HistogramSlice[];
  readonly blocks: readonly BlockOfTime[];
  readonly bucketRatio: number;
}

function stepDigest(step: string, phase: string, { own, blocks, bucketRatio }: StepParts) {
  const response = own.filter(({ clock }) => clock === 'response');
  return {
    step,
    phase,
    blocks: blocks.map((block, i) => {
      // What was late beyond the last second belongs to the last block.
      const isLast = i === blocks.length - 1;
      const slices = response.filter(
        (one) => isIn(block, one) || (isLast && one.second >= block.toSecond),
      );
      return callBlock(block, slices, bucketRatio);
    }),
  };
}

function callBlock(
  { stretch, fromSecond, toSecond }: BlockOfTime,
  slices: readonly HistogramSlice[],
  bucketRatio: number,
): CallBlock {
  return { stretch, seconds: toSecond - fromSecond, ...callCounts(slices, bucketRatio) };
}

/** Returns the calls of response times: how they ended, and how long they took in buckets. */
export function callCounts(
  slices: readonly HistogramSlice[],
  bucketRatio: number,
): Pick<CallBlock, 'outcomes' | 'response' | 'cutOff'> {
  const outcomes = OUTCOMES.flatMap((outcome) => {
    const own = slices.filter((one) => one.outcome === outcome);
    const calls = own.reduce((sum, slice) => sum + countOf(slice), 0);
    return calls === 0 ? [] : [[outcome, calls] as const];
  });
  return {
    outcomes: Object.fromEntries(outcomes),
    response: bucketCounts(
      slices.filter(({ outcome }) => TIMED_OUTCOMES.has(outcome)),
      bucketRatio,
    ),
    cutOff: bucketCounts(
      slices.filter(({ outcome }) => CENSORED_OUTCOMES.has(outcome)),
      bucketRatio,
    ),
  };
}

/** Returns the response times of several blocks together, and those of them that were cut off. */
export function responseOf(blocks: readonly CallBlock[]): {
  readonly all: BucketCounts;
  readonly cutOff: BucketCounts;
} {
  return {
    all: addBuckets(blocks.map(({ response }) => response)),
    cutOff: addBuckets(blocks.map(({ cutOff }) => cutOff)),
  };
}
