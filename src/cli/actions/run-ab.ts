import { HarnessError, parseDuration, parsePercent } from '../../core/index.ts';
import { checkedScenario } from '../../run/prepare/checked-scenario.ts';
import { reachVersion } from '../../run/prepare/reach-version.ts';
import {
  AB_SIDES,
  abScenario,
  type AbLimits,
  type AbSide,
  type AbVersion,
} from '../../scenario/ab/index.ts';
import type { ReadySpec } from '../../scenario/index.ts';
import type { ExitCode } from '../exit-codes.ts';
import { withOutputs } from '../outputs/command-outputs.ts';
import { runAndReport } from '../run-and-report.ts';
import type { RunOptions } from '../run-options.ts';
import type { RunTelling } from '../run-telling.ts';
import { splitCommand } from '../split-command.ts';
import type { Terminal } from '../terminal.ts';
import { wantedOption } from '../wanted-option.ts';

/** What `ab` is asked for, as it was typed. */
export interface AbCommandOptions extends RunOptions {
  readonly a?: string;
  readonly b?: string;
  readonly aCommand?: string;
  readonly bCommand?: string;
  readonly ready?: string;
  readonly target?: string;
  readonly atMost?: string;
  readonly minChange: string;
  readonly minDifference: string;
  readonly percentiles: string;
}

/** A share of errors or dropped arrivals counts from a tenth of a percentage point on. */
const ERROR_CHANGE_MIN = 0.001;

/**
 * Measures two versions of a target in one run, reports on it, and returns the code to end with.
 * @throws USAGE_INVALID for an option; TARGET_UNRESOLVED for a version that is not there; whatever
 *   keeps the run from being carried out
 */
export async function runAb(
  file: string,
  options: AbCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const command = { command: `ab ${file}`, inputs: [file], options, terminal };
  return withOutputs(command, (outputs) => runVersions(file, { options, terminal, outputs }));
}

async function runVersions(
  file: string,
  { options, terminal, outputs }: RunTelling & { readonly options: AbCommandOptions },
): Promise<ExitCode> {
  const { atMost, target } = options;
  const atMostNs =
    atMost === undefined ? undefined : wantedOption(parseDuration, atMost, '--at-most', '5m');
  const limits = limitsOf(options);
  refuseIdleReady(options);
  const versions = { a: versionOf(options, 'a'), b: versionOf(options, 'b') };
  const texts = { a: textOf(options, 'a'), b: textOf(options, 'b') };
  const read = await checkedScenario(file);
  if (read.thresholds.some(({ whenInconclusive }) => whenInconclusive === 'extend')) {
    terminal.progress(
      'whenInconclusive: extend is not of ab: --at-most says how long it may go on',
    );
  }
  const scenario = abScenario(read, { target, versions, texts, limits });
  const isTunnelled = read.targets.find(({ name }) => name === scenario.ab?.target)?.via;
  for (const side of AB_SIDES) {
    const { url } = versions[side];
    const isOpen = url?.includes('${') ?? true;
    if (url !== undefined && !isOpen && isTunnelled === undefined) {
      await reachVersion(url, `--${side}`);
    }
  }
  return runAndReport(scenario, { options, terminal, outputs, atMostNs });
}

/** Of versions that are there already nothing waits. */
function refuseIdleReady({ ready, a, b }: AbCommandOptions): void {
  if (ready === undefined || a === undefined || b === undefined) return;
  throw usageError(
    `--ready is of a version that ab starts, got --ready ${ready} beside --a and --b`,
    'Remove --ready, or start a version: --b-command "node server.js" in place of --b.',
  );
}

function versionOf(options: AbCommandOptions, side: AbSide): AbVersion {
  const [url, command] =
    side === 'a' ? [options.a, options.aCommand] : [options.b, options.bCommand];
  if (url !== undefined && command !== undefined) {
    throw usageError(
      `there may be one of --${side} and --${side}-command, got both`,
      'Remove one.',
    );
  }
  if (url !== undefined) return { url };
  if (command === undefined) {
    throw usageError(
      `version ${side.toUpperCase()} is missing`,
      `Name where it is, --${side} http://127.0.0.1:8080, or what starts it, --${side}-command "node server.js".`,
    );
  }
  const words = splitCommand(command, `--${side}-command`);
  const ready = readyOf(options.ready);
  return { command: words, cwd: process.cwd(), ...(ready && { ready }) };
}

function readyOf(text: string | undefined): ReadySpec | undefined {
  if (text === undefined) return undefined;
  if (text === 'tcp') return { by: 'tcp' };
  if (text.startsWith('/')) return { by: 'http', path: text };
  throw usageError(`--ready must be a path, or tcp, got ${text}`, 'Write --ready /healthz, say.');
}

/** The path of a URL is left out: it may hold a secret. */
function textOf(options: AbCommandOptions, side: AbSide): string {
  const [url, command = ''] =
    side === 'a' ? [options.a, options.aCommand] : [options.b, options.bCommand];
  if (url === undefined) return command;
  const parsed = url.startsWith('http') && !url.includes('${') ? URL.parse(url) : null;
  return parsed?.origin ?? url;
}

function limitsOf({ minChange, minDifference, percentiles }: AbCommandOptions): AbLimits {
  return {
    percents: percentsOf(percentiles),
    changeRatioMin: wantedOption(parsePercent, minChange, '--min-change', '5%'),
    changeMinNs: wantedOption(parseDuration, minDifference, '--min-difference', '0.5ms'),
    errorChangeMin: ERROR_CHANGE_MIN,
  };
}

function percentsOf(text: string): readonly number[] {
  const words = text.split(',').map((word) => word.trim().replace(/^p/u, ''));
  const percents = words.map((word) => (/^\d{1,2}(?:\.\d{1,3})?$/u.test(word) ? Number(word) : 0));
  if (percents.every((percent) => percent > 0)) {
    return [...new Set(percents)].toSorted((a, b) => a - b);
  }
  throw usageError(
    `--percentiles must be numbers above 0 and below 100, got ${text}`,
    'Write --percentiles 50,99, say.',
  );
}

function usageError(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
