import { dirname, resolve } from 'node:path';
import { readBytes } from './bounded-file.ts';
import { withBodyFiles } from './body-files.ts';
import { deepFreeze } from './deep-freeze.ts';
import { filesNamedBy } from './named-files.ts';
import { parseScenario } from './parse-scenario.ts';
import { invalidScenario, type Position } from './problem.ts';
import { readProtoFiles } from './read-proto-files.ts';
import type { FileText } from './flow-spec.ts';
import type { ScenarioWithFiles } from './ready-scenario.ts';

/** A scenario is written by people; a file past this is something else. */
const FILE_BYTES_MAX = 1024 * 1024;
/** The rows of a feeder are in memory, once in every sending thread. */
const DATA_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Returns the scenario in a file, deeply frozen, with the texts of the feeders, schemas and .proto
 * files that it names.
 * @throws SCENARIO_UNREADABLE for a file that is missing, a folder, closed to us, or over 1 MiB;
 *   and for one that the scenario names, over 32 MiB.
 * @throws SCENARIO_INVALID which lists every problem with its line and column.
 */
export async function readScenario(path: string): Promise<ScenarioWithFiles> {
  const bytes = await readBytes(path, { bytesMax: FILE_BYTES_MAX, what: 'a scenario' });
  return scenarioOfText(textOf(bytes, path), path);
}

/**
 * Returns the scenario of a text as if it were in a file of this path, which need not be there: the
 * files that it names lie beside it.
 * @throws as {@link readScenario}
 */
export async function scenarioOfText(text: string, path: string): Promise<ScenarioWithFiles> {
  const scenario = parseScenario(text, path);
  const named = filesNamedBy(scenario);
  const files: FileText[] = [];
  const bodies = new Map<string, Uint8Array>();
  for (const file of named) {
    const at = resolve(dirname(path), file.path);
    const location = ` (${file.location})`;
    const read = await readBytes(at, { bytesMax: DATA_BYTES_MAX, what: file.what, location });
    if (file.isBody) bodies.set(file.path, read);
    else files.push({ path: file.path, text: textOf(read, at) });
  }
  files.push(...(await readProtoFiles(scenario, textOf)));
  return deepFreeze({ ...withBodyFiles(scenario, bodies), files });
}

/** Returns the text of the bytes, without a byte order mark, if text is what they are. */
function textOf(bytes: Buffer, path: string): string {
  const invalidAt = firstInvalidByte(bytes);
  const nulAt = bytes.indexOf(0);
  const badAt = Math.min(invalidAt ?? Infinity, nulAt === -1 ? Infinity : nulAt);
  if (badAt === Infinity) return new TextDecoder().decode(bytes);
  const byte = `0x${(bytes[badAt] ?? 0).toString(16).padStart(2, '0')}`;
  const problem = {
    path: [],
    part: 'value',
    message: `the file must be UTF-8 text, got the byte ${byte}`,
    hint: 'Name a YAML file, saved as UTF-8.',
    position: endOf(new TextDecoder().decode(bytes.subarray(0, badAt))),
  } as const;
  throw invalidScenario(path, [problem]);
}

/** Returns the index of the first byte that is not UTF-8, undefined without one; by bisection. */
function firstInvalidByte(bytes: Buffer): number | undefined {
  const isText = (length: number, more: boolean): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: more });
      return true;
    } catch {
      return false;
    }
  };
  if (isText(bytes.length, false)) return undefined;
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (isText(middle, true)) good = middle;
    else bad = middle;
  }
  // Step back over the beginning of a character whose later byte was the bad one.
  while (good > 0 && !isText(good, false)) good--;
  return good;
}

function endOf(text: string): Position {
  const lines = text.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
