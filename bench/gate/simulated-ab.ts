import { FINE_BUCKET_RATIO, type AbSecond, type SideCalls } from '../../src/compare/index.ts';
import { rngFrom, type Ratio, type Rng } from '../../src/core/index.ts';
import {
  MEDIAN_NS,
  NOISE_MODELS,
  SIGMA,
  TAIL_Z,
  type NoiseModel,
  type NoisySecond,
} from '../compare/simulated-runs.ts';

/** How the response times of both sides vary in one load beyond those of single calls. */
export interface AbNoise {
  readonly name: string;
  /** What slows both alike. */
  readonly shared: NoiseModel;
  /** What slows one side in a second, and not the other; undefined for nothing. */
  readonly own?: NoiseModel;
  /** Calls in a row on one side that are slow together; 1 for independent ones. */
  readonly clump: number;
}

/** A difference of which it is known what it makes of each percentile. */
export interface AbKind {
  readonly name: string;
  /** What all times of B are multiplied with. */
  readonly factor: Ratio;
  /** What the slowest two in a hundred are multiplied with besides. */
  readonly tailFactor: Ratio;
  /** Of B's calls, so many more fail than of A's. */
  readonly errorRatio: Ratio;
}

export interface SimulatedLoad {
  readonly seed: number;
  readonly seconds: number;
  /** Of each side. */
  readonly ratePerSec: number;
  readonly kind: AbKind;
}

/** Of the variance of a clump's calls, the part that they share. */
const CLUMP_SHARE = 0.25;
/** Of A's calls. */
const ERROR_RATIO: Ratio = 0.002;
const BUCKETS = 5_000;

function noiseModel(start: string, strength: Ratio = 1): NoiseModel {
  const found = NOISE_MODELS.find(({ name }) => name.startsWith(start));
  if (found === undefined) throw new Error(`no model of noise begins with '${start}'`);
  const draw: NoiseModel['draw'] = (rng, seconds) =>
    found.draw(rng, seconds).map((one) => ({ ...one, factor: one.factor ** strength }));
  return { ...found, draw };
}

export const AB_NOISES: readonly AbNoise[] = [
  ...NOISE_MODELS.map((shared) => ({ name: shared.name, shared, clump: 1 })),
  { name: 'calls slow by fives', shared: noiseModel('independent'), clump: 5 },
  {
    name: 'seconds alike on one side (2%)',
    shared: noiseModel('independent'),
    own: noiseModel('alike', 0.4),
    clump: 1,
  },
  {
    name: 'seconds alike on one side (5%)',
    shared: noiseModel('independent'),
    own: noiseModel('alike'),
    clump: 1,
  },
];

export const SAME: AbKind = { name: 'A and A', factor: 1, tailFactor: 1, errorRatio: 0 };

/** Returns what both sides did in each second; the same for the same seed. */
export function simulateAb(noise: AbNoise, load: SimulatedLoad): readonly AbSecond[] {
  const rng = rngFrom(load.seed, noise.name);
  const { seconds, ratePerSec, kind } = load;
  const shared = noise.shared.draw(rng, seconds);
  const own = [0, 1].map(() => noise.own?.draw(rng, seconds));
  const none: NoisySecond = { factor: 1, slowRatio: 0 };
  return shared.map((both, second) => {
    const callsOf = (side: 0 | 1, { factor, tailFactor, errorRatio }: AbKind): SideCalls => {
      const alone = own[side]?.[second] ?? none;
      return sideCalls(rng, {
        ...{ calls: ratePerSec, clump: noise.clump, tailFactor },
        factor: both.factor * alone.factor * factor,
        slowRatio: both.slowRatio + alone.slowRatio,
        errorRatio: ERROR_RATIO + errorRatio,
      });
    };
    return {
      second,
      phase: 'steady',
      steps: [{ step: 'call', a: callsOf(0, SAME), b: callsOf(1, kind) }],
      arrivals: { a: ratePerSec, b: ratePerSec },
      dropped: { a: 0, b: 0 },
    };
  });
}

interface Side extends NoisySecond {
  readonly calls: number;
  readonly clump: number;
  readonly tailFactor: Ratio;
  readonly errorRatio: Ratio;
}

const counts = new Int32Array(BUCKETS);

function sideCalls(rng: Rng, side: Side): SideCalls {
  const width = Math.log(FINE_BUCKET_RATIO);
  const middle = Math.log(MEDIAN_NS * side.factor);
  const tail = Math.log(side.tailFactor);
  const shared = side.clump === 1 ? 0 : CLUMP_SHARE;
  const [ownPart, clumpPart] = [Math.sqrt(1 - shared), Math.sqrt(shared)];
  let [first, last] = [BUCKETS, 0];
  let clump = 0;
  let failed = 0;
  const normal = normalsFrom(rng);
  for (let call = 0; call < side.calls; call++) {
    if (side.clump > 1 && call % side.clump === 0) clump = clumpPart * normal();
    if (rng.nextFloat() < side.errorRatio) {
      failed++;
      continue;
    }
    const z = ownPart * normal() + clump;
    let log = middle + SIGMA * z;
    if (z > TAIL_Z) log += tail;
    if (side.slowRatio > 0 && rng.nextFloat() < side.slowRatio) log += Math.log(3);
    const index = Math.round(log / width);
    counts[index]!++;
    if (index < first) first = index;
    if (index > last) last = index;
  }
  const response = new Map<number, number>();
  for (let index = first; index <= last; index++) {
    const count = counts[index]!;
    if (count === 0) continue;
    response.set(index, count);
    counts[index] = 0;
  }
  return { outcomes: { ok: side.calls - failed, status: failed }, response, cutOff: new Map() };
}

/** Standard normals, two of each draw. */
function normalsFrom(rng: Rng): () => number {
  let other = NaN;
  return () => {
    if (!Number.isNaN(other)) {
      const kept = other;
      other = NaN;
      return kept;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - rng.nextFloat()));
    const angle = 2 * Math.PI * rng.nextFloat();
    other = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
