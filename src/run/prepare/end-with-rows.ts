import type { Ns } from '../../core/index.ts';
import type { PhaseSpec, ScenarioWithFiles } from '../../scenario/index.ts';
import { invalidParts } from '../../scenario/invalid-steps.ts';
import { scheduleOf } from '../../schedule/index.ts';

type RowsScenario = Pick<ScenarioWithFiles, 'seed' | 'source' | 'endsWith'>;

/**
 * Returns the load of a scenario, which ends with the rows of a feeder where one says so: an
 * arrival takes the row of its number, and the last phase is over when the first arrival without a
 * row would come, or when its users have made as many iterations as rows are left.
 * @throws SCENARIO_INVALID where the rows are used up before every phase has begun
 */
export function endWithRows<P extends PhaseSpec>(
  scenario: RowsScenario,
  load: readonly P[],
): readonly P[] {
  const { endsWith } = scenario;
  if (endsWith === undefined) return load;
  const { rows, of } = endsWith;
  const { count, without } = openArrivals({ seed: scenario.seed, load }, rows);
  const last = load.at(-1);
  const begun = without ? without.phaseIndex + (without.inPhase > 0 ? 1 : 0) : load.length;
  const left = rows - count;
  refuseUnbegun(scenario, last?.users && left === 0 ? load.slice(-1) : load.slice(begun));
  return load.map((phase) => {
    if (phase !== last) return phase;
    if (phase.users) {
      const iterations = Math.min(phase.users.iterations, left);
      const users = { ...phase.users, iterations, firstArrival: count };
      if (iterations === phase.users.iterations) return { ...phase, users };
      return { ...phase, users, rowsEnd: { arrivals: iterations, rows, of } };
    }
    if (!without) return phase;
    const { inPhase: arrivals, endNs: durationNs } = without;
    return { ...phase, durationNs, rowsEnd: { arrivals, rows, of } };
  });
}

function refuseUnbegun(scenario: RowsScenario, phases: readonly PhaseSpec[]): void {
  const { endsWith } = scenario;
  if (endsWith === undefined || phases.length === 0) return;
  const names = phases.map(({ name }) => name).join(', ');
  throw invalidParts(scenario, [
    {
      path: ['feeders', endsWith.feeder, 'once'],
      part: 'value',
      message: `the ${endsWith.rows} rows of ${endsWith.of} are used up before ${names} can begin`,
      hint: 'Give it more rows, make the phases before shorter, or remove once: rows begin again then.',
    },
  ]);
}

interface OpenArrivals {
  /** How many have a row. */
  readonly count: number;
  /** The first that has none; undefined where all have one. */
  readonly without?: {
    readonly phaseIndex: number;
    /** Its number in its phase. */
    readonly inPhase: number;
    /** When it comes, in its phase, and later than the one before it. */
    readonly endNs: Ns;
  };
}

function openArrivals(
  scenario: { readonly seed: number; readonly load: readonly PhaseSpec[] },
  rows: number,
): OpenArrivals {
  const schedule = scheduleOf(scenario);
  const cursor = schedule.cursor();
  for (let count = 0, beforeNs = -1; cursor.advance(); count++) {
    const { phaseIndex, indexInPhase: inPhase, intendedNs } = cursor;
    if (count === rows) {
      const fromNs = schedule.phases[phaseIndex]?.fromNs ?? 0;
      const endNs = Math.max(intendedNs, beforeNs + 1) - fromNs;
      return { count, without: { phaseIndex, inPhase, endNs } };
    }
    beforeNs = intendedNs;
  }
  return { count: cursor.seq + 1 };
}
