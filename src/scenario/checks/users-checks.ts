import { pathText } from '../../core/index.ts';
import type { PhaseFile } from '../file/load.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import { STREAMS_DEFAULT } from '../file/system.ts';
import { entriesOfPhase } from '../flow-entries.ts';
import type { Path, Problem } from '../problem.ts';
import { ownValue } from '../select.ts';
import { isMultiplexed, protocolOf } from '../target-protocol.ts';

/** A key whose value bounds how many users are at work at once. */
interface Bound {
  readonly path: Path;
  readonly value: number;
  /** How many users share one of them. */
  readonly usersEach: number;
}

/**
 * Returns a problem for every bound that leaves users of a closed phase without a connection or a
 * slot of their own: they would wait for each other, and fewer would be at work than the file says.
 */
export function usersProblems(file: ScenarioFile): Problem[] {
  return file.load.flatMap((phase, i) => {
    const { users } = phase;
    if (users === undefined) return [];
    const { maxInFlight } = file.engine;
    const slots: Bound = { path: ['engine', 'maxInFlight'], value: maxInFlight, usersEach: 1 };
    return [...connectionBounds(file, phase), slots]
      .filter(({ value, usersEach }) => value * usersEach < users)
      .map(({ path, value, usersEach }): Problem => {
        const key = String(path.at(-1));
        const where = pathText(['load', i, 'users']);
        const of = usersEach === 1 ? '' : ` over ${usersEach} streams each`;
        return {
          path,
          part: 'value',
          message: `${key} must be at least the ${users} users of ${where}${of}, got ${value}`,
          hint: `Write ${key}: ${Math.ceil(users / usersEach)}, or remove it, or have fewer users.`,
        };
      });
  });
}

/** Returns the bounds of the targets that the flow of a phase calls, each once. */
function connectionBounds(file: ScenarioFile, phase: PhaseFile): Bound[] {
  const targets = entriesOfPhase(phase, file).flatMap(({ entry }) => entry.target ?? []);
  return [...new Set(targets)].flatMap((name) => {
    const value = ownValue(file.targets, name)?.connections;
    if (value === undefined) return [];
    const path = ['targets', name, 'connections'];
    return [{ path, value, usersEach: streamsOf(name, file) }];
  });
}

/** Returns how many users share a connection of the target. */
function streamsOf(name: string, file: ScenarioFile): number {
  const { streams = STREAMS_DEFAULT } = ownValue(file.targets, name) ?? {};
  return isMultiplexed(protocolOf(name, file)) ? streams : 1;
}
