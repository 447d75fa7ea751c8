import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  AbTest,
  FINE_BUCKET_RATIO,
  type AbJudgement,
  type AbSecond,
} from '../../src/compare/index.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';
import {
  CHANGE_MIN_NS,
  CHANGE_RATIO_MIN,
  isEverSlowerByRanks,
  isPastLimit,
  isRegressionOfRuns,
  isSlowerByRanks,
  placeOf,
  sideOf,
  type Limit,
  type SideSeconds,
} from './other-judges.ts';
import { AB_NOISES, SAME, simulateAb, type AbKind, type AbNoise } from './simulated-ab.ts';

const PERCENTS = [50, 90, 99] as const;
const ERROR_CHANGE_MIN = 0.002;
const KINDS: readonly AbKind[] = [
  SAME,
  { ...SAME, name: 'B 5% slower', factor: 1.05 },
  { ...SAME, name: "B's slowest 2% 10% slower", tailFactor: 1.1 },
];
const MORE_KINDS: readonly AbKind[] = [
  { ...SAME, name: 'B 1% slower', factor: 1.01 },
  { ...SAME, name: 'B 5% faster', factor: 1 / 1.05 },
  { ...SAME, name: 'B fails 1% more', errorRatio: 0.01 },
];
/** `compare` takes long: it judges no more pairs of runs than this of each kind. */
const COMPARED_MAX = 100;
/** From so many loads it is known what A's percentiles are, and by what B's are larger. */
const KNOWN_LOADS = 40;

export interface SimulatedGate {
  /** Loads of each kind. */
  readonly rounds: number;
  /** Of a load at most. */
  readonly seconds: number;
  /** Of each side. */
  readonly ratePerSec: number;
  readonly seed: number;
}

/**
 * Prints what `ab` says of simulated loads whose difference is known, looking after every second;
 * and who else calls the same calls, or those of two runs, a regression.
 */
export async function simulatedTables(
  gate: SimulatedGate,
  say: (line: string) => void,
): Promise<void> {
  const { rounds, seconds, ratePerSec } = gate;
  say(`${rounds} simulated loads of each kind, ${seconds} s at ${2 * ratePerSec}/s, half to A and`);
  say(
    'half to B; lognormal times, 0.2% of all calls fail; a change counts from 3% and 0.1 ms on.\n',
  );
  const rows: Rows[] = [];
  for (const [i, noise] of AB_NOISES.entries()) {
    for (const kind of [...KINDS, ...(i === 0 ? MORE_KINDS : [])]) {
      rows.push(await rowsOf(noise, kind, gate));
    }
  }
  say('What ab says, asked after each second. Held: loads in which all intervals of the ratio had');
  say('the true one in them, after each second (95% are promised).\n');
  say(
    renderTable(
      AB_HEAD,
      rows.map(({ ab }) => ab),
    ),
  );
  say(
    `\nWho calls B a regression. Thresholds are on B alone: ${LIMITS_TEXT}; two runs are A and B`,
  );
  say('one after the other, as long each: noise meets them at different times.\n');
  say(
    renderTable(
      JUDGES_HEAD,
      rows.map(({ judges }) => judges),
    ),
  );
}

const AB_HEAD = [
  'noise, and what differs',
  'regression',
  'undecided',
  'pass',
  'improvement',
  'median s',
  ...PERCENTS.map((percent) => `p${percent} held`),
];

const LIMITS_TEXT = "A's p50 + 5%, p99 + 10%; or A's p50, p90, p99 + 3%";

const JUDGES_HEAD = [
  'noise, and what differs',
  'ab',
  'threshold 5, 10%',
  'threshold 3%',
  'compare, two runs',
  'Mann-Whitney, two runs',
  'Mann-Whitney, each second',
];

/** Counts of loads, or of pairs of runs. */
interface Tally {
  readonly verdicts: Record<AbJudgement['verdict'], number>;
  readonly endedAt: number[];
  readonly held: number[];
  readonly others: Record<'loose' | 'strict' | 'compare' | 'ranks' | 'everRanks', number>;
}

interface Rows {
  readonly ab: readonly string[];
  readonly judges: readonly string[];
}

async function rowsOf(noise: AbNoise, kind: AbKind, gate: SimulatedGate): Promise<Rows> {
  const known = knownOf(noise, kind, gate);
  const tally: Tally = {
    verdicts: { regression: 0, inconclusive: 0, pass: 0, improvement: 0 },
    endedAt: [],
    held: PERCENTS.map(() => 0),
    others: { loose: 0, strict: 0, compare: 0, ranks: 0, everRanks: 0 },
  };
  for (let round = 0; round < gate.rounds; round++) {
    // A signal is heard between two.
    await nextTurn();
    const load = { ...gate, kind, seed: gate.seed + 2 * round };
    const seconds = simulateAb(noise, load);
    judgeByAb(seconds, known.ratios, tally);
    const later = simulateAb(noise, { ...load, seed: load.seed + 1 });
    judgeByOthers(seconds, later, { known: known.places, round, tally });
  }
  const { verdicts, endedAt, held, others } = tally;
  const name = `${noise.name}: ${kind.name}`;
  const share = (count: number, of = gate.rounds): string => `${((100 * count) / of).toFixed(1)}%`;
  return {
    ab: [
      name,
      share(verdicts.regression),
      share(verdicts.inconclusive),
      share(verdicts.pass),
      share(verdicts.improvement),
      median(endedAt).toFixed(0),
      ...held.map((count) => share(count)),
    ],
    judges: [
      name,
      share(verdicts.regression),
      share(others.loose),
      share(others.strict),
      share(others.compare, Math.min(COMPARED_MAX, gate.rounds)),
      share(others.ranks),
      share(others.everRanks),
    ],
  };
}

function judgeByAb(load: readonly AbSecond[], ratios: readonly number[], tally: Tally): void {
  const test = new AbTest({
    percents: PERCENTS,
    changeRatioMin: CHANGE_RATIO_MIN,
    changeMinNs: CHANGE_MIN_NS,
    errorChangeMin: ERROR_CHANGE_MIN,
  });
  const held = PERCENTS.map(() => true);
  let first: AbJudgement | undefined;
  let last: AbJudgement | undefined;
  for (const second of load) {
    test.add(second);
    last = test.judge();
    if (last.decided) first ??= last;
    for (const [i, { ratioLower, ratioUpper }] of last.percentiles.entries()) {
      const truth = ratios[i] ?? 1;
      if (ratioLower > truth || truth > ratioUpper) held[i] = false;
    }
  }
  const said = first ?? last;
  if (said === undefined) return;
  tally.verdicts[said.verdict]++;
  tally.endedAt.push(said.seconds);
  for (const [i, is] of held.entries()) if (is) tally.held[i] = (tally.held[i] ?? 0) + 1;
}

interface Others {
  /** Of A's percentiles. */
  readonly known: readonly number[];
  readonly round: number;
  readonly tally: Tally;
}

function judgeByOthers(
  load: readonly AbSecond[],
  later: readonly AbSecond[],
  { known, round, tally }: Others,
): void {
  const [a, b, after] = [sideOf(load, 'a'), sideOf(load, 'b'), sideOf(later, 'b')];
  const limit = (i: number, ratio: number): Limit => ({
    percent: PERCENTS[i] ?? 0,
    place: known[i] ?? 0,
    ratio,
  });
  const { others } = tally;
  if (isPastLimit(b, [limit(0, 0.05), limit(2, 0.1)])) others.loose++;
  if (isPastLimit(b, [limit(0, 0.03), limit(1, 0.03), limit(2, 0.03)])) others.strict++;
  if (round < COMPARED_MAX && isRegressionOfRuns(a, after, PERCENTS)) others.compare++;
  if (isSlowerByRanks(a, after)) others.ranks++;
  if (isEverSlowerByRanks(a, b)) others.everRanks++;
}

/**
 * Where A's percentiles are; and by what those of B are larger within a second, which no noise
 * changes: by the same draws with and without the difference.
 */
function knownOf(noise: AbNoise, kind: AbKind, { seconds, ratePerSec, seed }: SimulatedGate) {
  const width = Math.log(FINE_BUCKET_RATIO);
  const sidesOf = (among: AbNoise, of: AbKind) =>
    Array.from({ length: KNOWN_LOADS }, (_, i) =>
      sideOf(simulateAb(among, { kind: of, seconds, ratePerSec, seed: -1 - seed - i }), 'b'),
    ).flat();
  const placesOf = (side: SideSeconds) => PERCENTS.map((percent) => placeOf(side, percent));
  const plain = AB_NOISES[0] ?? noise;
  const same = placesOf(sidesOf(plain, SAME));
  const ratios = placesOf(sidesOf(plain, kind)).map((place, i) =>
    Math.exp((place - (same[i] ?? 0)) * width),
  );
  return { places: placesOf(sidesOf(noise, SAME)), ratios };
}
