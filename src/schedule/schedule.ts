import { asFloat, invariant, rngFrom, type Ns, type RunPhase } from '../core/index.ts';
import type { ArrivalProcess, PhaseSpec, Scenario } from '../scenario/index.ts';
import type { ArrivalCursor } from './arrival-cursor.ts';
import { closedPhase, type ClosedPhase } from './closed-phase.ts';
import { ConstantArrivals, constantCount } from './constant-arrivals.ts';
import { Intensity } from './intensity.ts';
import { NO_MORE_ARRIVALS, type PhaseArrivals } from './phase-arrivals.ts';
import { PoissonArrivals } from './poisson-arrivals.ts';
import { isReadReplay, ReplayArrivals, replayedBefore } from './replay-arrivals.ts';
import type { SaturatedPhase } from './saturated-phase.ts';
import { turnsOf, type Turns } from './turns.ts';

/**
 * Every arrival of a run, known before any clock starts: a function of the scenario's load and seed
 * alone. Phases follow each other without a gap. A closed phase takes its time and has no arrivals
 * here: its users arrive when they are ready, which only the run can tell.
 *
 *     0 s            5 s                                35 s
 *     ├── warm-up ───┼── steady ────────────────────────┤
 *      ' '  '  '  ' '  '''' '' ''' ''' ' '''' '' ''' ''     seq 0, 1, 2, ... through all phases
 */
export interface Schedule {
  /** In their order; the first begins at 0, each other where the one before ends. */
  readonly phases: readonly RunPhase[];
  /** The phases of virtual users, in their order. */
  readonly closed: readonly ClosedPhase[];
  /** The phases that only the target's answers pace, in their order. */
  readonly saturated: readonly SaturatedPhase[];
  /** Of each phase whose arrivals two versions take in turns; undefined for any other. */
  readonly turns: readonly (Turns | undefined)[];
  /** The end of the last phase. */
  readonly durationNs: Ns;
  /** Open arrivals to expect: exact where none is Poisson, else the mean over all seeds. */
  readonly expectedCount: number;
  /** Returns a new walk over all arrivals. */
  cursor(): ArrivalCursor;
  /**
   * Returns a new walk over the share of generator `index` of `count` (0 <= index < count): every
   * count-th arrival of the unsplit schedule, so that the shares together are exactly that.
   */
  shard(index: number, count: number): ArrivalCursor;
}

/** Returns the schedule of a scenario's load. */
export function scheduleOf(scenario: Pick<Scenario, 'seed' | 'load'>): Schedule {
  const phases: RunPhase[] = [];
  const closed: ClosedPhase[] = [];
  const saturated: SaturatedPhase[] = [];
  let durationNs = 0;
  let expectedCount = 0;
  for (const [phaseIndex, spec] of scenario.load.entries()) {
    const fromNs = durationNs;
    durationNs += spec.durationNs;
    const model = spec.users || spec.saturate ? 'closed' : 'open';
    const phase = {
      name: spec.name,
      fromNs,
      toNs: durationNs,
      model,
      measured: spec.measure,
    } as const;
    phases.push(phase);
    if (spec.users)
      closed.push(closedPhase(spec.users, phase, { seed: scenario.seed, phaseIndex }));
    if (spec.saturate) saturated.push({ phaseIndex, fromNs, toNs: durationNs, ...spec.saturate });
    expectedCount += expectedIn(spec);
  }
  const shard = (index: number, count: number): ArrivalCursor => {
    invariant(index >= 0 && index < count, `shard ${index} of ${count} exists`);
    return new ShardCursor(scenario, phases, index, count);
  };
  const turns = scenario.load.map(({ name, flowOfB }) =>
    flowOfB === undefined ? undefined : turnsOf(scenario.seed, name),
  );
  const cursor = (): ArrivalCursor => shard(0, 1);
  return { phases, closed, saturated, turns, durationNs, expectedCount, cursor, shard };
}

const NO_ARRIVALS: PhaseArrivals = { nextNs: () => NO_MORE_ARRIVALS };

interface Process {
  begin(intensity: Intensity, seed: number, phase: string): PhaseArrivals;
  expectedCount(intensity: Intensity): number;
}

const PROCESSES: Readonly<Record<ArrivalProcess, Process>> = {
  constant: {
    begin: (intensity) => new ConstantArrivals(intensity),
    expectedCount: constantCount,
  },
  poisson: {
    // The phase's name is in the purpose: a change to one phase leaves the draws of all others.
    begin: (intensity, seed, phase) =>
      new PoissonArrivals(intensity, rngFrom(seed, `arrivals/${phase}`)),
    expectedCount: (intensity) => intensity.total,
  },
};

function expectedIn(phase: PhaseSpec): number {
  if (phase.rowsEnd && !phase.users) return phase.rowsEnd.arrivals;
  if (phase.replay) {
    return isReadReplay(phase.replay) ? replayedBefore(phase.replay, phase.durationNs) : 0;
  }
  if (!phase.arrivals) return 0;
  const { process, pieces } = phase.arrivals;
  return PROCESSES[process].expectedCount(new Intensity(pieces));
}

function arrivalsOf(phase: PhaseSpec, seed: number): PhaseArrivals {
  if (phase.replay) {
    const { replay, durationNs } = phase;
    return isReadReplay(replay) ? new ReplayArrivals(replay, durationNs) : NO_ARRIVALS;
  }
  if (!phase.arrivals) return NO_ARRIVALS;
  const { process, pieces } = phase.arrivals;
  return PROCESSES[process].begin(new Intensity(pieces), seed, phase.name);
}

/** Returns so many of the arrivals, or all where there are fewer. */
function firstArrivals(arrivals: PhaseArrivals, count: number): PhaseArrivals {
  let left = count;
  return { nextNs: () => (left-- > 0 ? arrivals.nextNs() : NO_MORE_ARRIVALS) };
}

/** Walks all arrivals, phase after phase, and stops at every `count`-th. */
class ShardCursor implements ArrivalCursor {
  seq = -1;
  phaseIndex = 0;
  indexInPhase = -1;
  intendedNs: Ns = 0;
  readonly #phases: readonly RunPhase[];
  readonly #arrivals: readonly PhaseArrivals[];
  readonly #count: number;
  #skip: number;
  #walkedSeq = -1;
  #walkedPhase = 0;
  #walkedInPhase = -1;

  constructor(
    scenario: Pick<Scenario, 'seed' | 'load'>,
    phases: readonly RunPhase[],
    index: number,
    count: number,
  ) {
    this.#phases = phases;
    this.#arrivals = scenario.load.map((phase) => {
      const all = arrivalsOf(phase, scenario.seed);
      return phase.rowsEnd ? firstArrivals(all, phase.rowsEnd.arrivals) : all;
    });
    this.#skip = index;
    this.#count = count;
  }

  advance(): boolean {
    for (; this.#skip > 0; this.#skip--) this.#walk();
    const dueNs = this.#walk();
    if (dueNs === NO_MORE_ARRIVALS) return false;
    this.#skip = this.#count - 1;
    this.seq = this.#walkedSeq;
    this.phaseIndex = this.#walkedPhase;
    this.indexInPhase = this.#walkedInPhase;
    this.intendedNs = dueNs;
    return true;
  }

  /** Steps to the next arrival of the unsplit schedule and returns when it is due in the run. */
  #walk(): Ns {
    for (; this.#walkedPhase < this.#arrivals.length; this.#walkedPhase++) {
      const insideNs = this.#arrivals[this.#walkedPhase]?.nextNs() ?? NO_MORE_ARRIVALS;
      if (insideNs === NO_MORE_ARRIVALS) {
        this.#walkedInPhase = -1;
        continue;
      }
      this.#walkedSeq++;
      this.#walkedInPhase++;
      return asFloat((this.#phases[this.#walkedPhase]?.fromNs ?? 0) + insideNs);
    }
    return NO_MORE_ARRIVALS;
  }
}
