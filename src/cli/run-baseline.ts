import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { HarnessError, type ErrorCode } from '../core/index.ts';
import { isBaselineFile } from '../run/stored/baseline-word.ts';
import type { Baseline } from '../run/stored/index.ts';
import { locationText, type Path } from '../scenario/problem.ts';
import type { ScenarioWithFiles } from '../scenario/index.ts';
import type { Store } from '../store/index.ts';

/** What a command line says of the baseline: a word, `--no-baseline`, or nothing. */
export type BaselineOption = string | false | undefined;

type Judged = Pick<ScenarioWithFiles, 'ab' | 'gate' | 'load' | 'source' | 'thresholds'>;

interface WantedBaseline {
  readonly word: string;
  /** Whether the scenario's file asks for it, and no command line. */
  readonly isOfFile: boolean;
}

/**
 * Says before anything is opened that a scenario cannot be held against what it is to be.
 * @throws USAGE_INVALID for a search with a baseline; for a limit that is relative to one where
 *   none is named, and nobody says that there is none
 */
export async function checkBaseline(scenario: Judged, option: BaselineOption): Promise<void> {
  if (scenario.load.some(({ capacity }) => capacity !== undefined)) {
    if (typeof option !== 'string') return;
    throw new HarnessError('USAGE_INVALID', `--baseline ${option} does not go with a search`, {
      hint: 'Leave it out: the rates of a capacity search are those that it tried.',
    });
  }
  // Of two versions A is what B is held against.
  if (option !== undefined || scenario.gate?.baseline !== undefined || scenario.ab) return;
  const index = scenario.thresholds.findIndex(({ limit }) => typeof limit !== 'number');
  const threshold = scenario.thresholds[index];
  if (threshold === undefined) return;
  throw await placedError(scenario, {
    code: 'USAGE_INVALID',
    message: `${threshold.text} is relative to a baseline, and none is named`,
    hint: `Name a run or a file: gate: { baseline: ./baseline.json }, or --baseline. ${FIRST_RUN}`,
    path: await pathOf(scenario, index),
  });
}

const FIRST_RUN = 'The first run, which is to become one, is made with --no-baseline.';

/**
 * Returns what a run is held against, before anything is sent: what cannot be read is no reason to
 * throw a run away.
 * @throws what reading it throws, with the place where the scenario names it
 */
export async function baselineOf(
  store: Store,
  scenario: Judged,
  option: BaselineOption,
): Promise<Baseline | undefined> {
  const wanted = wantedBaseline(scenario, option);
  if (wanted === undefined) return undefined;
  const { baselineFor } = await import('../run/stored/stored-comparison.ts');
  try {
    return await baselineFor(store, wanted.word);
  } catch (error) {
    if (!wanted.isOfFile || !(error instanceof HarnessError)) throw error;
    throw await atBaseline(scenario, error);
  }
}

/**
 * Reads the baseline file that a scenario names, where it is there already: it may be one that CI
 * brings, or that the first run is to become, which is remarked.
 * @throws BASELINE_UNREADABLE with its place
 */
export async function checkBaselineFile(
  scenario: Judged,
  remark: (text: string) => void,
): Promise<void> {
  const wanted = wantedBaseline(scenario, undefined);
  if (wanted === undefined || !isBaselineFile(wanted.word)) return;
  if (!existsSync(wanted.word)) {
    return remark(`the baseline ${wanted.word} is not there yet; a run without it: --no-baseline`);
  }
  const { baselineFile } = await import('../run/stored/stored-comparison.ts');
  try {
    baselineFile(wanted.word);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw await atBaseline(scenario, error);
  }
}

/** Returns what a baseline that the scenario names cannot be, with its place. */
async function atBaseline(scenario: Judged, error: HarnessError): Promise<HarnessError> {
  const { code, message, hint } = error;
  const told = code === 'RUN_UNSUITABLE' ? hint : `${hint} ${FIRST_RUN}`;
  const path = ['gate', 'baseline'];
  return placedError(scenario, { code, message, hint: told, path, cause: error });
}

function wantedBaseline(
  { ab, gate, source }: Judged,
  option: BaselineOption,
): WantedBaseline | undefined {
  if (option === false || ab !== undefined) return undefined;
  if (option !== undefined) return { word: option, isOfFile: false };
  const word = gate?.baseline;
  if (word === undefined) return undefined;
  return { word: isBaselineFile(word) ? fromHere(source.file, word) : word, isOfFile: true };
}

/** Returns the path of a file that a scenario names as a command names it; no bare word. */
function fromHere(scenarioFile: string, word: string): string {
  const full = resolve(dirname(scenarioFile), word);
  const path = relative('', full);
  if (path.startsWith('..')) return full;
  return isBaselineFile(path) ? path : `.${join('/', path)}`;
}

/** Thresholds of stairs are more than their texts: those have no place of their own. */
async function pathOf({ source, thresholds }: Judged, index: number): Promise<Path> {
  const { judgedPositions } = await import('../scenario/judged-positions.ts');
  const isOne = judgedPositions(source.text).thresholds.length === thresholds.length;
  return isOne ? ['thresholds', index] : ['thresholds'];
}

interface Placed {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly path: Path;
  readonly cause?: unknown;
}

/** Returns an error that says where in the scenario's file its cause stands. */
async function placedError(
  scenario: Judged,
  { code, message, hint, path, cause }: Placed,
): Promise<HarnessError> {
  const { placeInFile } = await import('../scenario/named-files.ts');
  const place = placeInFile(scenario, path);
  return new HarnessError(code, `${message} (${locationText(place.file, place)})`, {
    ...{ hint, cause },
    problems: [{ ...place, message, hint }],
  });
}
