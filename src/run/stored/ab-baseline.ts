import {
  isHealthyStretch,
  readMeasuredSeconds,
  type ArrivalSecond,
  type AnalyzedSource,
  type MeasuredSeconds,
} from '../../analyze/index.ts';
import {
  abSeconds,
  baselineValues,
  digestOf,
  FINE_BUCKET_RATIO,
  pairedValue,
  type AbSecond,
} from '../../compare/index.ts';
import {
  rngFrom,
  type CounterSlice,
  type HistogramSlice,
  type RunRecord,
} from '../../core/index.ts';
import type { BaselineAnswer, BaselineQuestion, BaselineValues } from '../../gate/index.ts';
import { AB_SIDES, type AbSide, type AbStep } from '../../scenario/ab/index.ts';
import { abPhases } from '../ab-phases.ts';
import type { StoredPlan } from './stored-plan.ts';

/** The same runs get the same words each time. */
const SEED = 1;
const NAMES = { before: 'A', after: 'B' };

/**
 * Returns A as the baseline of B, for limits that are relative to one: the calls and arrivals of
 * the same run whose turn was A's, under the names of B's steps. What pairs of seconds tell is
 * judged by them, as the rows of the two versions are: what both met alike is no part of it. The
 * rest is by blocks of time. A step that both versions share is held against nothing; undefined for
 * a run without measured calls.
 */
export async function versionABaseline(
  source: AnalyzedSource,
  run: RunRecord,
  { steps, load }: { readonly steps: readonly AbStep[]; readonly load: StoredPlan['load'] },
): Promise<BaselineValues | undefined> {
  const [seconds, counters] = await Promise.all([
    readMeasuredSeconds(source, run, ['response']),
    source.counterSeconds(run.runId, ['arrivals', 'dropped_arrivals']),
  ]);
  if (seconds.slices.length === 0) return undefined;
  const inTurns = abPhases(load);
  const phases = seconds.phases.filter(({ name }) => inTurns.includes(name));
  const [a, b] = AB_SIDES.map((side) => {
    const names = namesOn(side, steps);
    const slices = seconds.slices.flatMap((slice) => renamed(slice, names));
    const arrivals = arrivalsOf(counters, names);
    return digestOf({ ...seconds, phases, slices }, arrivals, FINE_BUCKET_RATIO);
  });
  if (a === undefined || b === undefined) return undefined;
  const values = baselineValues(a, b, () => rngFrom(SEED, 'compare'), NAMES);
  const ofB = new Set(steps.map((step) => step.b));
  return {
    runId: run.runId,
    answer: (question) => {
      const own = question.steps.filter((step) => ofB.has(step));
      if (own.length === 0 && question.steps.length > 0) {
        return { kind: 'missing', reason: `A and B share ${question.steps.join(', ')}` };
      }
      const asked = { ...question, steps: own };
      return inPairs(values.answer(asked), asked, () =>
        secondsOf(asked, { seconds: { ...seconds, phases }, counters, steps }),
      );
    },
  };
}

/** Returns what blocks of time say, or pairs of seconds where they tell it. */
function inPairs(
  byBlocks: BaselineAnswer,
  question: BaselineQuestion,
  seconds: () => readonly AbSecond[],
): BaselineAnswer {
  if (byBlocks.kind !== 'known') return byBlocks;
  const paired = pairedValue(seconds(), question);
  if (paired === undefined || paired.isCutOff) return { ...byBlocks, by: 'blocks' };
  const { baseline, value, lower, upper } = paired;
  return { ...byBlocks, baseline, value, lower, upper, doubt: '', by: 'pairs' };
}

interface RecordedRun {
  readonly seconds: MeasuredSeconds;
  readonly counters: readonly CounterSlice[];
  readonly steps: readonly AbStep[];
}

/** Returns the seconds that are asked for, with the steps that are. */
function secondsOf(
  question: BaselineQuestion,
  { seconds: { phases, slices, stratumOf }, counters, steps }: RecordedRun,
): readonly AbSecond[] {
  const { phase, isHealthy, steps: asked } = question;
  const names = phases.map(({ name }) => name).filter((name) => phase === '' || name === phase);
  const wanted = steps.map((step) => ({ ...step, isJudged: asked.includes(step.b) }));
  const found = abSeconds({ histograms: slices, counters }, { steps: wanted }, names);
  return isHealthy ? found.filter(({ second }) => isHealthyStretch(stratumOf(second))) : found;
}

/** By the step's name on a side, its name on B's. */
function namesOn(side: AbSide, steps: readonly AbStep[]): ReadonlyMap<string, string> {
  return new Map(steps.map((step) => [step[side], step.b]));
}

function renamed(slice: HistogramSlice, names: ReadonlyMap<string, string>): HistogramSlice[] {
  const step = names.get(slice.step);
  return step === undefined ? [] : [{ ...slice, step }];
}

/** Arrivals are counted under the first step of the flow whose turn it was. */
function arrivalsOf(
  counters: readonly CounterSlice[],
  names: ReadonlyMap<string, string>,
): readonly ArrivalSecond[] {
  return counters
    .filter(({ step }) => names.has(step))
    .map(({ second, phase, counter, value }) => ({
      ...{ second, phase },
      arrivals: counter === 'arrivals' ? value : 0,
      dropped: counter === 'dropped_arrivals' ? value : 0,
    }));
}
