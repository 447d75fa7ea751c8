import type { Command } from 'commander';

import { renderJson, renderTerminal, type RunReport } from '../../report/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import { scheduleOf } from '../../schedule/index.ts';
import { openStore } from '../../store/index.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { reportFailure } from '../failure.ts';
import { reportOf } from '../run-report.ts';
import { listenForStop } from '../signals.ts';
import {
  commandLineOf,
  storeOptions,
  withStoreOptions,
  type StoreOptions,
} from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { parseListenAddress } from './listen-address.ts';
import { checkForeignPlaces } from './foreign-places.ts';
import { planText } from './load-text.ts';
import { measure } from './measure.ts';
import { withMeasuredDelays } from './with-measured-delays.ts';
import { withReplays } from './with-replays.ts';

/** How a run is stored, watched and reported; the same for every command that carries one out. */
export interface CarryOutOptions extends StoreOptions {
  readonly json?: true;
  readonly metrics?: string;
  readonly receive: string;
  readonly proxyAdmin?: string;
}

/** Adds the options of {@link CarryOutOptions} to a command. */
export function withCarryOutOptions(command: Command): Command {
  return withStoreOptions(command)
    .option('--json', 'print the report as JSON')
    .option('--metrics <[host:]port>', 'serve Prometheus metrics while it runs')
    .option('--receive <[host:]port>', "where to take services' spans; port 0 takes any", '0')
    .option('--proxy-admin <[host:]port>', "serve Toxiproxy's API for the proxies while it runs");
}

/**
 * Carries out a scenario, prints its report and returns the code to end with.
 * @throws USAGE_INVALID for an option; whatever keeps the run from being carried out
 */
export async function carryOut(
  scenario: Scenario,
  options: CarryOutOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const metrics =
    options.metrics === undefined ? undefined : parseListenAddress(options.metrics, '--metrics');
  const receive = parseListenAddress(options.receive, '--receive');
  const proxyAdmin =
    options.proxyAdmin === undefined
      ? undefined
      : parseListenAddress(options.proxyAdmin, '--proxy-admin');
  const stop = listenForStop();
  try {
    stop.onStop(() => terminal.progress('stopping; once more ends at once'));
    checkForeignPlaces(scenario);
    terminal.progress(`${scenario.name}: opening the store`);
    const store = await openStore(storeOptions(options));
    try {
      stop.signal.throwIfAborted();
      checkForeignPlaces(scenario, store.serverPid);
      const tell = (text: string): void => terminal.progress(text);
      const replaying = await withReplays(scenario, store.source, tell);
      const filled = await withMeasuredDelays(replaying, store.source, tell);
      const schedule = scheduleOf(filled);
      terminal.progress(
        `${scenario.name}: ${planText(filled, schedule)}, store at ${store.description}`,
      );
      const runId = await measure({
        scenario: filled,
        store,
        terminal,
        stop,
        metrics,
        receive,
        proxyAdmin,
      });
      const report = await reportOf(store, runId, commandLineOf(options));
      terminal.out(options.json ? renderJson(report) : renderTerminal(report, terminal));
      return stop.exitCode() ?? exitCodeFor(report);
    } finally {
      await store.close();
    }
  } catch (error) {
    // Whatever the stop brought down with it: the user asked for the stop, and gets its code.
    const code = stop.exitCode();
    if (code === undefined) throw error;
    reportFailure(error, terminal);
    return code;
  } finally {
    stop.dispose();
  }
}

function exitCodeFor({ verdict, capacity }: RunReport): ExitCode {
  if (verdict.outcome === 'invalid') return EXIT_CODES.INVALID;
  if (capacity?.outcome === 'below') return EXIT_CODES.THRESHOLDS_FAILED;
  if (capacity?.outcome === 'undecided') return EXIT_CODES.INCONCLUSIVE;
  if (capacity?.outcome === 'generator') return EXIT_CODES.INVALID;
  switch (verdict.outcome) {
    case 'passed':
      return EXIT_CODES.OK;
    case 'failed':
      return EXIT_CODES.THRESHOLDS_FAILED;
    case 'inconclusive':
      return EXIT_CODES.INCONCLUSIVE;
  }
}
