import { errorText, HarnessError, parseDuration, unlessStopped, type Ns } from '../core/index.ts';
import { renderJson, renderTerminal, type RunReport, verdictWords } from '../report/index.ts';
import { reportFinished, run, type RunObserver } from '../run/index.ts';
import { checkTargetPids, planScenario } from '../run/prepare/index.ts';
import type { ScenarioWithFiles } from '../scenario/index.ts';
import { scheduleOf } from '../schedule/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { checkLimits } from './command-limits.ts';
import { reportFailure } from './failure.ts';
import { listenForStop } from './signals.ts';
import { commandLineOf, storeOptions } from './store-options.ts';
import type { RunOptions } from './run-options.ts';
import type { Terminal } from './terminal.ts';
import { HARNESS_VERSION } from './version.ts';
import { parseListenAddress } from './listen-address.ts';
import { LiveProgress } from './live-progress.ts';
import { planText } from './load-text.ts';

/**
 * Carries out a scenario, prints its report and returns the code to end with.
 * @throws USAGE_INVALID for an option; whatever keeps the run from being carried out
 */
export async function runAndReport(
  scenario: ScenarioWithFiles,
  options: RunOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  checkLimits('run');
  const metrics =
    options.metrics === undefined ? undefined : parseListenAddress(options.metrics, '--metrics');
  const receive = parseListenAddress(options.receive, '--receive');
  const receiveWaitNs = parseReceiveWait(options.receiveWait);
  const proxyAdmin =
    options.proxyAdmin === undefined
      ? undefined
      : parseListenAddress(options.proxyAdmin, '--proxy-admin');
  let runId = '';
  const stop = listenForStop({
    leaving: () => {
      terminal.endLive();
      if (runId === '') return;
      const command = commandLineOf(options)(`report ${runId}`);
      terminal.progress(`ended at once; what is stored of the run: ${command}`);
    },
  });
  try {
    stop.onStop(() => terminal.progress('stopping; once more ends at once'));
    checkTargetPids(scenario);
    terminal.progress(`${scenario.name}: opening the store`);
    const onNotice = (text: string): void => terminal.progress(text);
    const opening = openStore({ ...storeOptions(options), onNotice, signal: stop.signal });
    const store = await opened(opening, stop.signal);
    stop.onStop(() => store.sink.hurry());
    try {
      checkTargetPids(scenario, store.serverPid);
      const planning = planScenario(scenario, store.source, onNotice);
      const planned = await unlessStopped(planning, stop.signal);
      const schedule = scheduleOf(planned);
      terminal.progress(
        `${scenario.name}: ${planText(planned, schedule)}, store at ${store.description}`,
      );
      const finished = await run({
        scenario: planned,
        store,
        observer: observerOn(terminal, (id) => (runId = id)),
        signal: stop.signal,
        harnessVersion: HARNESS_VERSION,
        env: process.env,
        metrics,
        receive,
        receiveWaitNs,
        proxyAdmin,
        allowedHosts: options.allowHost,
        allowRemoteListen: options.allowRemoteListen ?? false,
      });
      const report = await reportFinished(finished, {
        store,
        commandLine: commandLineOf(options),
        note: onNotice,
        signal: stop.signal,
      });
      if (options.json) terminal.json(renderJson(report));
      else terminal.styled(renderTerminal(report, terminal));
      // For the list of runs. The report stands, whether or not this is stored.
      await store.sink
        .writeRun({ ...report.analysis.run, verdict: verdictWords(report) })
        .catch((error: unknown) =>
          terminal.progress(`the verdict is not stored: ${errorText(error)}`),
        );
      return stop.exitCode() ?? storedExitCode(exitCodeFor(report), report);
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

/** Returns the store, or throws at once when the user stops: it is let go of once it is open. */
async function opened(opening: Promise<Store>, signal: AbortSignal): Promise<Store> {
  try {
    return await unlessStopped(opening, signal);
  } catch (error) {
    void opening.then(
      (store) => store.close(),
      () => undefined,
    );
    throw error;
  }
}

/** A run that went well and is not stored did not go well. */
function storedExitCode(code: ExitCode, { notStored }: RunReport): ExitCode {
  return code === EXIT_CODES.OK && notStored !== undefined ? EXIT_CODES.NOT_STORED : code;
}

function parseReceiveWait(text: string): Ns {
  const waitNs = text === '0' ? 0 : parseDuration(text);
  if (waitNs !== undefined) return waitNs;
  throw new HarnessError('USAGE_INVALID', `--receive-wait must be a time, got '${text}'`, {
    hint: 'Write a number and a unit, such as 10s; 0 does not wait.',
  });
}

/** Shows a run on the terminal. */
function observerOn(terminal: Terminal, begun: RunObserver['begun']): RunObserver {
  const live = new LiveProgress(terminal);
  return {
    begun,
    note: (text) => terminal.progress(text),
    second: (second) => live.show(second),
    loadEnded: () => terminal.endLive(),
  };
}

function exitCodeFor({ verdict, capacity }: RunReport): ExitCode {
  if (verdict.lostServices.length > 0) return EXIT_CODES.THRESHOLDS_FAILED;
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
