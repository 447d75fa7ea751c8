import type { QuantileEstimate } from '../../analyze/index.ts';
import { renderJson } from '../json/json-report.ts';
import type { RunReport } from '../run-report.ts';
import type { SimulationResult, StepSide } from './simulation-result.ts';

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const SIMULATION_VERSION = 1;

/**
 * Returns a simulation as JSON text, indented by two, with a line end. What the report of a run has
 * is under `report`, so that nothing that reads those takes it for one;
 * docs/reference/simulate.md says what each field means.
 */
export function renderSimulationJson(report: RunReport, simulation: SimulationResult): string {
  const { as, steps, loads, leftOut } = simulation;
  const whole = {
    version: SIMULATION_VERSION,
    kind: 'simulation',
    as: {
      runId: as.runId,
      startedAt: new Date(as.startedEpochMs).toISOString(),
      partial: as.isPartial,
    },
    steps: steps.map((one) => ({
      step: one.step,
      target: one.target,
      run: sideJson(one.run),
      simulated: sideJson(one.simulated),
      attempts: one.attempts,
      unknown: one.unknown,
      unknownFromNs: one.unknownFromNs ?? null,
      borrowed: one.borrowed,
      failsAgain: one.failsAgain ?? null,
    })),
    loads: loads.map(({ target, stretch, seconds, runPerSec, simulatedPerSec, isBeyond }) => ({
      target,
      stretch,
      seconds,
      runPerSec,
      simulatedPerSec,
      beyond: isBeyond,
    })),
    leftOut,
    report: JSON.parse(renderJson(report)) as object,
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function sideJson(side: StepSide | undefined): object | null {
  if (side === undefined) return null;
  const { calls, success, percentiles, attempts, attemptsPerCall } = side;
  return { calls, success, attempts, attemptsPerCall, response: percentiles.map(percentileJson) };
}

function percentileJson(estimate: QuantileEstimate): object {
  const known = estimate.kind === 'known' ? estimate : undefined;
  return {
    percent: estimate.percent,
    valueNs: known?.valueNs ?? null,
    atLeast: known?.atLeast ?? false,
    lowerNs: known?.lowerNs ?? null,
    upperNs: known?.upperNs ?? null,
  };
}
