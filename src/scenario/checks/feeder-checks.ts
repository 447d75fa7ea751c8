import type { PhaseFile } from '../file/load.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import { entriesOfPhase, flowsIn, withInner, type EntryAt } from '../flow-entries.ts';
import type { Problem } from '../problem.ts';
import { readTemplate, referencesOf } from '../template.ts';
import { templatedTexts } from './name-checks.ts';

/**
 * Returns a problem for everything that makes it impossible to give each arrival a row of its own
 * (`once`), or each user (`per: user`). How many rows there are is found when files are read.
 */
export function feederProblems(file: ScenarioFile): Problem[] {
  return Object.entries(file.feeders ?? {}).flatMap(([name, { once, per }]) => [
    ...(once || per === 'user' ? besideTheLoad(name, file) : []),
    ...(once ? unknownNumbers(name, file) : []),
    ...(per === 'user' ? withoutUsers(name, file) : []),
  ]);
}

/** Setup and teardown are no arrivals, and no users make them. */
function besideTheLoad(name: string, file: ScenarioFile): Problem[] {
  return flowsIn(file)
    .filter((flow) => flow.name === '')
    .flatMap(({ path: [where], entries }) =>
      usesOf(name, withInner(entries)).map(({ path, character, text }): Problem => ({
        path,
        part: { character },
        message: `${text} stands in ${where}, which is given no row of ${name}`,
        hint: `Use a feeder without once and per: user in ${where}.`,
      })),
    );
}

/** Arrivals take rows by their number: it must be known in every phase. */
function unknownNumbers(name: string, file: ScenarioFile): Problem[] {
  const { load, engine } = file;
  return load.flatMap((phase, i): Problem[] => {
    const { users } = phase;
    const unknown = phase.capacity ? 'capacity' : phase.saturate && 'saturate';
    if (unknown !== undefined) {
      return [
        problem(
          ['load', i, unknown],
          `${unknown} makes a number of calls that is not known before, and ${name} ends the load with its rows (once)`,
          'Use arrivals, users or replay, or remove once: rows begin again then.',
        ),
      ];
    }
    if (users === undefined) return [];
    if (i < load.length - 1) {
      return [
        problem(
          ['load', i, 'users'],
          `users must be in the last phase where ${name} ends the load with its rows (once): how many arrivals they make is not known before`,
          'Move the phase to the end, use arrivals in it, or remove once.',
        ),
      ];
    }
    if (engine.workers === 'auto' || engine.workers <= users) return [];
    return [
      problem(
        ['engine', 'workers'],
        `workers must be at most the ${users} users that share the rows of ${name} (once), got ${engine.workers}`,
        `Write workers: ${users}, or remove it.`,
      ),
    ];
  });
}

function withoutUsers(name: string, file: ScenarioFile): Problem[] {
  const { load } = file;
  const isUsed = (phase: PhaseFile): boolean =>
    usesOf(name, entriesOfPhase(phase, file)).length > 0;
  const first = load.findIndex(isUsed);
  const last = load.findLastIndex(isUsed);
  return load.flatMap((phase, i): Problem[] => {
    if (first === -1 || i < first || i > last || phase.users !== undefined) return [];
    if (isUsed(phase)) {
      const message = `the phase "${phase.phase}" must have users, whose rows its flow uses (${name}, per: user)`;
      const hint = 'Write users: 50 in place of arrivals, or remove per: user: a row per arrival.';
      return [{ path: ['load', i], part: 'value', message, hint }];
    }
    const message = `the phase "${phase.phase}" stands between phases whose users have rows of ${name} (per: user)`;
    const hint = 'Move it before or behind them: users go over into the next phase.';
    return [{ path: ['load', i], part: 'value', message, hint }];
  });
}

function problem(path: Problem['path'], message: string, hint: string): Problem {
  return { path, part: 'value', message, hint };
}

interface Use {
  readonly path: Problem['path'];
  readonly character: number;
  /** As the file writes it. */
  readonly text: string;
}

/** Returns where entries use a column of a feeder. */
function usesOf(name: string, entries: readonly EntryAt[]): readonly Use[] {
  return entries
    .flatMap(({ entry, path }) => templatedTexts({ value: entry, path }))
    .flatMap(({ path, value }) =>
      referencesOf(readTemplate(value, 'text').template).flatMap((reference) =>
        reference.kind === 'feeder' && reference.name === name
          ? { path, character: reference.character, text: reference.text }
          : [],
      ),
    );
}
