import type { Command } from 'commander';

import { formatDuration } from '../../core/index.ts';
import { renderJson, renderTerminal, type RunReport } from '../../report/index.ts';
import { readScenario } from '../../scenario/index.ts';
import { scheduleOf } from '../../schedule/index.ts';
import { openStore } from '../../store/index.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { reportFailure } from '../failure.ts';
import { parseListenAddress } from '../run/listen-address.ts';
import { measure } from '../run/measure.ts';
import { reportOf } from '../run-report.ts';
import { listenForStop } from '../signals.ts';
import {
  commandLineOf,
  storeOptions,
  withStoreOptions,
  type StoreOptions,
} from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

interface RunOptions extends StoreOptions {
  readonly json?: true;
  readonly metrics?: string;
  readonly receive: string;
}

/** Adds `callgauge run FILE`. */
export function addRun(program: Command, terminal: Terminal): void {
  withStoreOptions(program.command('run'))
    .description('carry out a scenario and report on it')
    .argument('<file>', 'the scenario, YAML')
    .option('--json', 'print the report as JSON')
    .option('--metrics <[host:]port>', 'serve Prometheus metrics while it runs')
    .option('--receive <[host:]port>', "where to take services' spans; port 0 takes any", '0')
    .addHelpText('after', '\nExample:\n  callgauge run scenarios/quickstart.yaml --metrics 9464')
    .action(async (file: string, options: RunOptions) => {
      process.exitCode = await runScenario(file, options, terminal);
    });
}

async function runScenario(
  file: string,
  options: RunOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const scenario = await readScenario(file);
  const metrics =
    options.metrics === undefined ? undefined : parseListenAddress(options.metrics, '--metrics');
  const receive = parseListenAddress(options.receive, '--receive');
  const stop = listenForStop();
  try {
    stop.onStop(() => terminal.progress('stopping; once more ends at once'));
    terminal.progress(`${scenario.name}: opening the store`);
    const store = await openStore(storeOptions(options));
    try {
      stop.signal.throwIfAborted();
      const { durationNs, expectedCount } = scheduleOf(scenario);
      terminal.progress(
        `${scenario.name}: ${formatDuration(durationNs)}, about ${Math.round(expectedCount)} arrivals, ` +
          `store at ${store.description}`,
      );
      const runId = await measure({ scenario, store, terminal, stop, metrics, receive });
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

function exitCodeFor({ verdict }: RunReport): ExitCode {
  switch (verdict.outcome) {
    case 'passed':
      return EXIT_CODES.OK;
    case 'failed':
      return EXIT_CODES.THRESHOLDS_FAILED;
    case 'inconclusive':
      return EXIT_CODES.INCONCLUSIVE;
    case 'invalid':
      return EXIT_CODES.INVALID;
  }
}
