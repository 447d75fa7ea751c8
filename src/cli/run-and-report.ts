import { unlessStopped } from '../core/index.ts';
import { checkTargetPids } from '../run/prepare/target-pids.ts';
import type { ScenarioWithFiles } from '../scenario/index.ts';
import { SpareThreads } from '../sender/spare-threads.ts';
import type { Store } from '../store/index.ts';
import type { ExitCode } from './exit-codes.ts';
import { checkLimits } from './command-limits.ts';
import { endedAtOnceLines } from './ended-at-once.ts';
import { reportFailure } from './failure.ts';
import { listenForStop } from './signals.ts';
import { checkBaseline } from './run-baseline.ts';
import { commandLineOf, storeOptions } from './store-options.ts';
import { parseRunOptions, type RunTelling } from './run-telling.ts';

/**
 * Carries out a scenario, prints its report and returns the code to end with. What takes time
 * begins before what runs and reports is loaded:
 *
 *     store     ├─ its modules ─┤ starts, or is reached ──────┤
 *     thread                    ├─ loads what sends ────┤      ├─► run, report
 *     process                   ├─ the other modules ─────┤
 *
 * @throws USAGE_INVALID for an option, or a baseline that is not named; whatever keeps the run from
 *   being carried out
 */
export async function runAndReport(
  scenario: ScenarioWithFiles,
  telling: RunTelling,
): Promise<ExitCode> {
  const { options, terminal, outputs } = telling;
  checkLimits('run');
  const parsed = parseRunOptions(options);
  const begun: string[] = [];
  const stop = listenForStop({
    leaving: () => {
      terminal.endLive();
      for (const line of endedAtOnceLines(begun, commandLineOf(options))) terminal.progress(line);
    },
  });
  const threads = new SpareThreads();
  try {
    stop.onStop(() => terminal.progress('stopping; once more ends at once'));
    checkTargetPids(scenario);
    await checkBaseline(scenario, options.baseline);
    terminal.progress(`${scenario.name}: opening the store`);
    const onNotice = (text: string): void => terminal.progress(text);
    const { openStore } = await import('../store/index.ts');
    const opening = openStore({ ...storeOptions(options), onNotice, signal: stop.signal });
    threads.start(scenario);
    const loading = import('./run-in-store.ts');
    // Where the store cannot be opened, that is what is said.
    loading.catch(() => undefined);
    const store = await opened(opening, stop.signal);
    stop.onStop(() => store.sink.hurry());
    try {
      const { runInStore } = await loading;
      const onBegun = (id: string): void => void begun.push(id);
      return await runInStore(scenario, { ...telling, ...parsed, store, threads, stop, onBegun });
    } finally {
      await store.close();
    }
  } catch (error) {
    // Whatever the stop brought down with it: the user asked for the stop, and gets its code.
    const code = stop.exitCode();
    if (code === undefined) throw error;
    reportFailure(error, terminal);
    await outputs.fail(error);
    return code;
  } finally {
    threads.end();
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
