import { analyzeRun, type RunAnalysis } from '../analyze/index.ts';
import {
  counted,
  NS_PER_SEC,
  type Clock,
  type Ns,
  type Ratio,
  type RunPhase,
} from '../core/index.ts';
import {
  judgeSoFar,
  selectionsOf,
  type ForeseenArrivals,
  type ThresholdSoFar,
} from '../gate/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { PlannedScenario, ThresholdSpec } from '../scenario/index.ts';
import { arrivalsPerPhase, loadExtended, scheduleOf } from '../schedule/index.ts';
import type { EarlyEnd, LoadJudge } from './load-judge.ts';
import { NumbersSoFar } from './numbers-so-far.ts';

/**
 * How often, at most, a run aborts for percentiles that hold, over all its looks and thresholds;
 * and how often, at most, an extension ends for a percentile that is on the other side.
 */
export const FALSE_END_RATIO: Ratio = 0.01;

/**
 * Returns what ends a load by the thresholds that abort it, where something else says for how long
 * it may go on past its planned end; undefined where none aborts.
 */
export function abortJudge(
  scenario: PlannedScenario,
  clock: Clock,
  extendNs: Ns,
): LoadJudge | undefined {
  const aborting = scenario.thresholds.filter(({ abortOnFail }) => abortOnFail !== undefined);
  if (aborting.length === 0) return undefined;
  return new ThresholdJudge({ scenario, aborting, extending: [], extendNs, clock });
}

/** How often, at most, one look is wrong about which side of its limit a percentile is on. */
const FALSE_LOOK_RATIO: Ratio = 0.025;

/** A look takes at most this share of the time: where one takes long, the next waits. */
const LOOKING_RATIO: Ratio = 0.05;

/** Nobody foresees how many iterations users make: at most so many times the pace so far. */
const USERS_PACE_MAX = 2;

/**
 * Returns what judges a load by the thresholds of its scenario while it goes on; undefined where
 * none of them asks for it.
 *
 * A percentile that is looked at every second passes its limit by chance at one look or another far
 * more often than at its end. So the error that is allowed is shared out evenly among all looks and
 * thresholds (Bonferroni): however often it is looked at, and however alike the looks are, it is
 * wrong in at most {@link FALSE_END_RATIO} of the runs, as far as the intervals hold.
 */
export function thresholdJudge(scenario: PlannedScenario, clock: Clock): LoadJudge | undefined {
  const aborting = scenario.thresholds.filter(({ abortOnFail }) => abortOnFail !== undefined);
  const extending = scenario.thresholds.filter(
    ({ whenInconclusive }) => whenInconclusive === 'extend',
  );
  if (aborting.length + extending.length === 0) return undefined;
  if (scenario.load.some(({ capacity }) => capacity !== undefined)) return undefined;
  const extendNs = extending.length === 0 ? 0 : (scenario.gate?.extendAtMostNs ?? 0);
  return new ThresholdJudge({ scenario, aborting, extending, extendNs, clock });
}

interface ThresholdJudgeParts {
  readonly scenario: PlannedScenario;
  readonly aborting: readonly ThresholdSpec[];
  readonly extending: readonly ThresholdSpec[];
  readonly extendNs: Ns;
  readonly clock: Clock;
}

class ThresholdJudge implements LoadJudge {
  readonly extendNs: Ns;
  readonly #parts: ThresholdJudgeParts;
  readonly #plannedNs: Ns;
  readonly #phases: readonly RunPhase[];
  readonly #arrivals: Readonly<Record<string, number>>;
  readonly #numbers: NumbersSoFar;
  #isLooking = false;
  #nextLookNs: Ns = 0;
  /** Those that were open at the planned end, once that has come. */
  #open: readonly ThresholdSpec[] | undefined;

  constructor(parts: ThresholdJudgeParts) {
    const { scenario } = parts;
    this.#parts = parts;
    this.extendNs = parts.extendNs;
    this.#plannedNs = scheduleOf(scenario).durationNs;
    const load = loadExtended(scenario.load, this.extendNs);
    const schedule = scheduleOf({ ...scenario, load });
    this.#phases = schedule.phases;
    this.#arrivals = arrivalsPerPhase(schedule);
    this.#numbers = new NumbersSoFar(schedule.phases);
  }

  get boundReason(): string {
    return `no look decided it, and the run is judged as any other: ${textsOf(this.#open ?? [])}`;
  }

  second(slice: RecordSlice): Promise<EarlyEnd | undefined> | undefined {
    this.#numbers.add(slice);
    const goneNs = (slice.second + 1) * NS_PER_SEC;
    const isAtEnd = this.#parts.extending.length > 0 && goneNs > this.#plannedNs - 2 * NS_PER_SEC;
    const { clock } = this.#parts;
    if (this.#isLooking || (!isAtEnd && clock.nowNs() < this.#nextLookNs)) return undefined;
    if (this.#numbers.isFull) return isAtEnd ? Promise.resolve(this.#asPlanned()) : undefined;
    return this.#look(goneNs, isAtEnd);
  }

  async #look(goneNs: Ns, isAtEnd: boolean): Promise<EarlyEnd | undefined> {
    const due = this.#parts.aborting.filter((threshold) => this.#isDue(threshold, goneNs));
    if (due.length === 0 && !isAtEnd) return undefined;
    const { clock } = this.#parts;
    const fromNs = clock.nowNs();
    this.#isLooking = true;
    const selections = selectionsOf(this.#parts.scenario.thresholds);
    const analysis = await analyzeRun(this.#numbers.source(), '', { selections });
    const end = this.#failure(due, analysis) ?? (isAtEnd ? this.#end(analysis, goneNs) : undefined);
    this.#isLooking = false;
    const tookNs = clock.nowNs() - fromNs;
    this.#nextLookNs = fromNs + tookNs / LOOKING_RATIO;
    return end;
  }

  #failure(due: readonly ThresholdSpec[], analysis: RunAnalysis): EarlyEnd | undefined {
    if (due.length === 0) return undefined;
    const { aborting } = this.#parts;
    const seconds = Math.ceil((this.#plannedNs + this.extendNs) / NS_PER_SEC);
    const looks = looksOf(seconds * aborting.length);
    const failed = this.#judge(due, analysis, looks)?.filter(({ fails }) => fails) ?? [];
    if (failed.length === 0) return undefined;
    return { kind: 'failed', reason: `failed: ${textsOf(failed.map((one) => one.threshold))}` };
  }

  /** At the planned end and past it: ends the load where nothing is open that more calls decide. */
  #end(analysis: RunAnalysis, goneNs: Ns): EarlyEnd | undefined {
    const { extending } = this.#parts;
    // Wrong on either side.
    const looks = looksOf(2 * Math.ceil(this.extendNs / NS_PER_SEC) * extending.length);
    const asked = this.#open ?? extending;
    // Up to the planned end it is judged as any run is at its end.
    const seen = this.#judge(asked, analysis, goneNs <= this.#plannedNs ? 1 : looks);
    if (seen === undefined) {
      const reason = 'the generator shaped what was measured: more calls tell no more';
      return { ...this.#asPlanned(), reason };
    }
    const open = seen.filter(isOpen);
    if (goneNs >= this.#plannedNs) this.#open ??= open.map(({ threshold }) => threshold);
    if (open.length > 0) return undefined;
    const how = seen.map(({ threshold, result }) => `${threshold.text}: ${result.state}`);
    return goneNs < this.#plannedNs
      ? this.#asPlanned()
      : { kind: 'decided', reason: `decided: ${how.join('; ')}` };
  }

  #asPlanned(): EarlyEnd {
    return { kind: 'decided', reason: 'nothing is open', atNs: this.#plannedNs };
  }

  #judge(
    thresholds: readonly ThresholdSpec[],
    analysis: RunAnalysis,
    looks: number,
  ): readonly ThresholdSoFar[] | undefined {
    const arrivals = (threshold: ThresholdSpec): ForeseenArrivals =>
      this.#foreseen(threshold, analysis);
    return judgeSoFar(thresholds, analysis, { arrivals, looks });
  }

  #isDue(threshold: ThresholdSpec, goneNs: Ns): boolean {
    const [first] = phasesOf(threshold, this.#phases);
    const delayNs = threshold.abortOnFail?.delayNs ?? 0;
    return first !== undefined && goneNs >= first.fromNs + delayNs;
  }

  #foreseen(threshold: ThresholdSpec, { phases }: RunAnalysis): ForeseenArrivals {
    const own = phasesOf(threshold, phases);
    const soFar = own.reduce((sum, { arrivals }) => sum + arrivals, 0);
    const goneNs = own.reduce((sum, { ranNs }) => sum + ranNs, 0);
    const perNs = goneNs === 0 ? Infinity : (soFar / goneNs) * USERS_PACE_MAX;
    const foreseen = own.reduce(
      (sum, { name, fromNs, toNs }) => sum + (this.#arrivals[name] ?? perNs * (toNs - fromNs)),
      0,
    );
    return { soFar, foreseen };
  }
}

/** Returns how many looks of the usual error share as much as these may have together. */
export function looksOf(looks: number): number {
  return (looks * FALSE_LOOK_RATIO) / FALSE_END_RATIO;
}

/** Returns the measured phases that a threshold is of. */
function phasesOf<Phase extends RunPhase>(
  { phase }: ThresholdSpec,
  phases: readonly Phase[],
): readonly Phase[] {
  return phases.filter((one) => one.measured && (phase === '' || one.name === phase));
}

/** Where calls were cut off below the limit, more of them would be as well. */
function isOpen({ result }: ThresholdSoFar): boolean {
  return result.state === 'inconclusive' && result.interval?.open !== true;
}

function textsOf(thresholds: readonly ThresholdSpec[]): string {
  const [first, ...others] = thresholds;
  if (first === undefined) return 'no threshold';
  return others.length === 0 ? first.text : `${first.text}, and ${counted(others.length, 'other')}`;
}
