import { invariant, type Ns } from '../core/index.ts';
import type { PhaseFile } from './file/load.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import { entriesOfPhase } from './flow-entries.ts';
import { phaseDurationNs } from './phase-duration.ts';
import { stairsIn } from './staircase.ts';
import { EVERY_STEP } from './threshold-spec.ts';
import { stepsMeant } from './threshold-steps.ts';
import { thresholdText } from './threshold-text.ts';
import type { CapacitySpec, PhaseSpec, RatePiece, ReplaySpec, ThresholdSpec } from './scenario.ts';

/** Returns the phases that one of the file makes: its steps where it is a staircase, else one. */
export function phasesOf(phase: PhaseFile, flows: readonly string[]): PhaseSpec[] {
  const flow = phase.flow ?? flows[0];
  invariant(flow !== undefined, 'a phase has a flow');
  const { phase: name, measure, arrivals, saturate, replay } = phase;
  const stairs = stairsIn(phase);
  if (arrivals && stairs.length > 0) {
    return stairs.map(({ name: stair, ratePerSec, durationNs }) => {
      const pieces = [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs }];
      const { process } = arrivals;
      return { name: stair, flow, durationNs, measure, arrivals: { process, pieces } };
    });
  }
  const durationNs = phaseDurationNs(phase) ?? 0;
  const common = { name, flow, durationNs, measure };
  if (phase.capacity) return [{ ...common, capacity: capacityOf(phase.capacity) }];
  if (saturate) return [{ ...common, saturate }];
  if (replay) return [{ ...common, replay: replayOf(replay, phase.for) }];
  if (!arrivals) return [{ ...common, users: usersOf(phase) }];
  const pieces = piecesOf(arrivals, durationNs);
  return [{ ...common, arrivals: { process: arrivals.process, pieces } }];
}

/**
 * Returns the thresholds that one of the file makes: what a staircase must meet, each step must.
 */
export function thresholdsOf(
  threshold: ThresholdSpec,
  file: ScenarioFile,
): readonly ThresholdSpec[] {
  const own =
    threshold.step === EVERY_STEP
      ? { ...threshold, steps: namesMeant(threshold, file) }
      : threshold;
  const stairs = file.load.filter(({ phase }) => phase === threshold.phase).flatMap(stairsIn);
  if (stairs.length === 0) return [inCallingPhases(own, file)];
  return stairs.map(({ name }) => {
    const ofStair = { ...own, phase: name };
    return { ...ofStair, text: thresholdText(ofStair) };
  });
}

/** A stretch of a phase whose flow has none of the steps says nothing of them. */
function inCallingPhases(threshold: ThresholdSpec, file: ScenarioFile): ThresholdSpec {
  const { step, steps = step === '' ? [] : [step], phase, overNs } = threshold;
  if (overNs === undefined || phase !== '' || steps.length === 0) return threshold;
  const measured = file.load.filter(({ measure }) => measure);
  const calling = measured.filter((one) =>
    entriesOfPhase(one, file).some(
      ({ entry }) => entry.step !== undefined && steps.includes(entry.step),
    ),
  );
  if (calling.length === measured.length) return threshold;
  const flows = Object.keys(file.flows);
  const names = calling.flatMap((one) => phasesOf(one, flows)).map(({ name }) => name);
  return { ...threshold, phases: names };
}

function namesMeant(threshold: ThresholdSpec, file: ScenarioFile): readonly string[] {
  return stepsMeant(threshold, file).flatMap(({ step }) => step ?? []);
}

function capacityOf(file: NonNullable<PhaseFile['capacity']>): CapacitySpec {
  const { objective, from, to, precision, probe, process } = file;
  return {
    objectives: objective,
    fromPerSec: from,
    toPerSec: to,
    precisionRatio: precision,
    probeNs: probe,
    process,
  };
}

function replayOf(file: NonNullable<PhaseFile['replay']>, durationNsMax = Infinity): ReplaySpec {
  const { file: path, run, speed } = file;
  if (path === undefined) {
    invariant(run !== undefined, 'a replay is of a file or of a run');
    return { source: { run }, speed, durationNsMax };
  }
  const { format = 'auto', skipBadLines = false } = file;
  const { timeField, methodField, pathField, durationField, durationUnit, timeOf } = file;
  const fields = { timeField, methodField, pathField, durationField, durationUnit, timeOf };
  return { source: { file: path, format, ...fields, skipBadLines }, speed, durationNsMax };
}

function usersOf({ users, iterations = Infinity, think = 0 }: PhaseFile) {
  invariant(users !== undefined, 'a phase without arrivals has users');
  const range = typeof think === 'number' ? { min: think, max: think } : think;
  return { count: users, iterations, think: { minNs: range.min, maxNs: range.max } };
}

/** A stage of 0s makes no piece of its own: it moves where the next one begins. */
function piecesOf(arrivals: NonNullable<PhaseFile['arrivals']>, durationNs: Ns): RatePiece[] {
  const { rate = 0, ramp, from = 0, stages } = arrivals;
  if (!stages) {
    return [{ fromPerSec: ramp?.from ?? rate, toPerSec: ramp?.to ?? rate, durationNs }];
  }
  let fromPerSec = from;
  return stages.flatMap((stage) => {
    const piece = { fromPerSec, toPerSec: stage.to, durationNs: stage.for };
    fromPerSec = stage.to;
    return piece.durationNs > 0 ? [piece] : [];
  });
}
