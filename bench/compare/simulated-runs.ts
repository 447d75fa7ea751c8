import { FINE_BUCKET_RATIO, type CallBlock, type RunDigest } from '../../src/compare/index.ts';
import { NS_PER_MS, NS_PER_SEC, rngFrom, type Ratio, type Rng } from '../../src/core/index.ts';

/** How the response times of a run vary beyond those of single calls. */
export interface NoiseModel {
  readonly name: string;
  /** Whether what it adds is the same in every run on the average, so that one run shows it. */
  readonly isWithinRuns: boolean;
  /** Returns what the times of each second are multiplied with, and the share of slow calls. */
  readonly draw: (rng: Rng, seconds: number) => readonly NoisySecond[];
}

export interface NoisySecond {
  readonly factor: Ratio;
  /** Of the calls of this second, so many take three times as long. */
  readonly slowRatio: Ratio;
}

export const NOISE_MODELS: readonly NoiseModel[] = [
  {
    name: 'independent calls',
    isWithinRuns: true,
    draw: (_rng, seconds) => Array.from({ length: seconds }, () => ({ factor: 1, slowRatio: 0 })),
  },
  {
    name: 'alike seconds (AR 0.7, 5%)',
    isWithinRuns: true,
    draw: (rng, seconds) => {
      let state = normal(rng);
      return Array.from({ length: seconds }, () => {
        state = 0.7 * state + Math.sqrt(1 - 0.49) * normal(rng);
        return { factor: Math.exp(0.05 * state), slowRatio: 0 };
      });
    },
  },
  {
    name: 'bursts of stolen time',
    isWithinRuns: true,
    draw: (rng, seconds) =>
      Array.from({ length: seconds }, () => ({
        factor: 1,
        slowRatio: rng.nextFloat() < 0.05 ? 0.3 * rng.nextFloat() : 0,
      })),
  },
  {
    name: 'drift within the run (3%)',
    isWithinRuns: true,
    draw: (rng, seconds) => {
      const slope = 0.03 * normal(rng);
      return Array.from({ length: seconds }, (_, i) => ({
        factor: Math.exp(slope * ((2 * i) / seconds - 1)),
        slowRatio: 0,
      }));
    },
  },
  {
    name: 'another level each run (2%)',
    isWithinRuns: false,
    draw: (rng, seconds) => {
      const factor = Math.exp(0.02 * normal(rng));
      return Array.from({ length: seconds }, () => ({ factor, slowRatio: 0 }));
    },
  },
];

export interface SimulatedRun {
  readonly seed: number;
  readonly seconds: number;
  readonly ratePerSec: number;
  /** What all times are multiplied with. */
  readonly factor: Ratio;
  /** What the slowest two in a hundred are multiplied with besides. */
  readonly tailFactor: Ratio;
}

export const MEDIAN_NS = 10 * NS_PER_MS;
/** Of the logarithm of a time. */
export const SIGMA = 0.4;
/** The normal value that two in a hundred pass. */
export const TAIL_Z = 2.054;

/** Returns a run of one step with lognormal response times, as compareRuns takes it. */
export function simulateRun(model: NoiseModel, run: SimulatedRun): RunDigest {
  const rng = rngFrom(run.seed, model.name);
  const width = Math.log(FINE_BUCKET_RATIO);
  const perBlock = Math.ceil(run.seconds / 20);
  const noise = model.draw(rng, run.seconds);
  const blocks: CallBlock[] = [];
  for (let from = 0; from < run.seconds; from += perBlock) {
    const seconds = Math.min(perBlock, run.seconds - from);
    const counts = new Map<number, number>();
    for (const { factor, slowRatio } of noise.slice(from, from + seconds)) {
      const shift = Math.log(MEDIAN_NS * run.factor * factor);
      for (let call = 0; call < run.ratePerSec; call++) {
        const z = normal(rng);
        let log = shift + SIGMA * z;
        if (z > TAIL_Z) log += Math.log(run.tailFactor);
        if (slowRatio > 0 && rng.nextFloat() < slowRatio) log += Math.log(3);
        const index = Math.round(log / width);
        counts.set(index, (counts.get(index) ?? 0) + 1);
      }
    }
    blocks.push({
      stretch: 'steady',
      seconds,
      outcomes: { ok: seconds * run.ratePerSec },
      response: new Map([...counts].sort(([a], [b]) => a - b)),
      cutOff: new Map(),
    });
  }
  return digestOfBlocks(run, blocks);
}

/** Returns the digest of a run of one step and one phase. */
export function digestOfBlocks(
  { seconds, ratePerSec }: Pick<SimulatedRun, 'seconds' | 'ratePerSec'>,
  blocks: readonly CallBlock[],
): RunDigest {
  return {
    runId: 'simulated',
    scenario: 'simulated',
    startedEpochMs: 0,
    harnessVersion: '',
    environment: {},
    bucketRatio: FINE_BUCKET_RATIO,
    phases: [
      {
        name: 'steady',
        model: 'open',
        ranNs: seconds * NS_PER_SEC,
        blocks: blocks.map((block) => ({
          stretch: block.stretch,
          seconds: block.seconds,
          arrivals: block.seconds * ratePerSec,
          dropped: 0,
        })),
      },
    ],
    steps: [{ step: 'call', phase: 'steady', blocks }],
  };
}

function normal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.nextFloat()));
  return radius * Math.cos(2 * Math.PI * rng.nextFloat());
}
