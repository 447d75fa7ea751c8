import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { counted, didYouMean, errorText, formatCount, HarnessError } from '../../core/index.ts';
import {
  CI_PATHS,
  CI_SYSTEMS,
  ciFile,
  FIRST_CALLS_PER_SEC,
  MEASURED_SECONDS,
  scenarioText,
  type CiSystem,
  type FirstPlan,
  type Measurement,
} from '../../init/index.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { reportFailure } from '../failure.ts';
import type { InitOptions } from '../init-options.ts';
import { initJson, initLines } from '../init-text.ts';
import { listenForStop } from '../signals.ts';
import { commandLineOf, quoted } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { HARNESS_VERSION } from '../version.ts';
import { checkPlace } from '../write-result.ts';
import { plannedSource, type PlannedSource } from './first-plan-source.ts';

/** A scenario file may be so large, and no larger. */
const TEXT_BYTES_MAX = 2 ** 20;

/**
 * Writes a first scenario, and the CI file that is asked for, and says what it wrote and what is
 * next. Files that are there are left alone unless the user says otherwise.
 * @throws USAGE_INVALID, DESCRIPTION_UNREADABLE, SYSTEM_LIMIT; what keeps a measurement from being
 *   made
 */
export async function writeFirstScenario(
  sources: readonly string[],
  options: InitOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const system = ciSystemOf(options.ci);
  const ciPath = system && CI_PATHS[system];
  for (const path of [options.out, ...(ciPath === undefined ? [] : [ciPath])]) {
    refuseTaken(path, options);
    // Before anything is called: what is measured in vain is calls in vain.
    checkPlace(path);
  }
  const source = await plannedSource(sources, options);
  const stop = listenForStop();
  try {
    const measurement = await measurementOf(source, { options, terminal, signal: stop.signal });
    const { plan, skipped, foundCount } = source;
    const { text, called } = scenarioText(plan, measurement);
    if (Buffer.byteLength(text) > TEXT_BYTES_MAX) {
      throw new HarnessError(
        'USAGE_INVALID',
        `the scenario must be of 1 MiB at most, and these ${plan.steps.length} steps make more`,
        { hint: 'Take fewer operations: --limit 100, --tag or --path.' },
      );
    }
    await write(options.out, text, options);
    if (system && ciPath !== undefined) {
      const steps = plan.steps.filter(({ name }) => called.includes(name));
      const variables = [...new Set(steps.flatMap((step) => step.variables))];
      const urls = plan.targets.map(({ url }) => url);
      const parts = { scenario: quoted(options.out), version: HARNESS_VERSION, variables, urls };
      await write(ciPath, ciFile(system, parts), options);
    }
    const command = commandLineOf({});
    const result = {
      ...{ file: options.out, ciFile: ciPath, plan, called, skipped, foundCount, measurement },
      next: [command(`run ${quoted(options.out)}`), command(`validate ${quoted(options.out)}`)],
    };
    if (options.json) terminal.json(initJson(result));
    else terminal.out(...initLines(result));
    return EXIT_CODES.OK;
  } catch (error) {
    const code = stop.exitCode();
    if (code === undefined) throw error;
    reportFailure(error, terminal);
    return code;
  } finally {
    terminal.endLive();
    stop.dispose();
  }
}

interface Measuring {
  readonly options: InitOptions;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Calls the steps, once it has said how often and where, unless the user did not ask for that. */
async function measurementOf(
  { plan, unasked }: PlannedSource,
  { options, terminal, signal }: Measuring,
): Promise<Measurement> {
  const none = (reason: string): Measurement => ({ kind: 'none', reason, findings: new Map() });
  if (!options.measure) return none('nothing was called (--no-measure)');
  const [foreign] = unasked;
  if (foreign !== undefined) {
    return none(`${foreign} is named by the description alone; --url ${foreign} has it called`);
  }
  terminal.progress(announcement(plan));
  const { measureSteps } = await import('../../init/measure-steps.ts');
  let made = 0;
  return measureSteps(plan, {
    signal,
    harnessVersion: HARNESS_VERSION,
    env: process.env,
    observer: {
      begun: () => undefined,
      // Where spans are taken and the like: nobody sends any.
      note: () => undefined,
      second: ({ slice }) => {
        for (const { counter, value } of slice.counters) if (counter === 'arrivals') made += value;
        terminal.live(`measuring: ${counted(made, 'call')} made`);
      },
      loadEnded: () => terminal.endLive(),
    },
  });
}

function announcement({ steps, targets, ratePerSec }: FirstPlan): string {
  const methods = [...new Set(steps.map(({ method }) => method))].join(', ');
  const where = targets.map(({ url }) => url).join(', ');
  const calls = formatCount(Math.round((MEASURED_SECONDS + 1) * ratePerSec));
  return (
    `measuring: ${counted(steps.length, 'call')} one after another, ${FIRST_CALLS_PER_SEC}/s, ` +
    `then about ${calls} in ${MEASURED_SECONDS + 1} s, ${ratePerSec}/s; ${methods}, to ${where} ` +
    '(--no-measure calls nothing)'
  );
}

function ciSystemOf(text: string | undefined): CiSystem | undefined {
  if (text === undefined) return undefined;
  const system = CI_SYSTEMS.find((name) => name === text);
  if (system !== undefined) return system;
  throw new HarnessError(
    'USAGE_INVALID',
    `--ci must be ${CI_SYSTEMS.join(' or ')}, got ${text}${didYouMean(text, CI_SYSTEMS)}`,
    { hint: 'Write --ci github.' },
  );
}

function refuseTaken(path: string, { force }: InitOptions): void {
  if (force || !existsSync(path)) return;
  throw new HarnessError('USAGE_INVALID', `${path} is there already, and is left as it is`, {
    hint: 'Name another file: -o FILE. Or let it be written over: --force.',
  });
}

async function write(path: string, text: string, { force }: InitOptions): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw new HarnessError('SYSTEM_LIMIT', `${path} cannot be written: ${errorText(error)}`, {
      hint: 'Name a file in a folder that you may write to.',
      cause: error,
    });
  }
}
