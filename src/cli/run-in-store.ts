import type { AbJudgement } from '../compare/index.ts';
import { errorText, unlessStopped } from '../core/index.ts';
import { verdictWords, type RunReport } from '../report/index.ts';
import { reportFinished, run, type RunObserver } from '../run/index.ts';
import { checkTargetPids, planScenario } from '../run/prepare/index.ts';
import type { ScenarioWithFiles } from '../scenario/index.ts';
import { scheduleOf } from '../schedule/index.ts';
import type { SpareThreads } from '../sender/spare-threads.ts';
import type { Store } from '../store/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import type { StopRequest } from './signals.ts';
import { commandLineOf } from './store-options.ts';
import type { Terminal } from './terminal.ts';
import { baselineOf } from './run-baseline.ts';
import { HARNESS_VERSION } from './version.ts';
import { LiveProgress } from './live-progress.ts';
import { runResult } from './outputs/run-result.ts';
import type { ParsedRunOptions, RunTelling } from './run-telling.ts';
import { runExitCode } from './run-exit-code.ts';
import { planText } from './load-text.ts';
import { tracesIn } from './stored-traces.ts';

export interface RunInStore extends RunTelling, ParsedRunOptions {
  readonly store: Store;
  readonly threads: SpareThreads;
  readonly stop: StopRequest;
  /** Hears the id of the run once it is in the store. */
  readonly onBegun: RunObserver['begun'];
}

/** Carries out a scenario in an open store, prints its report and returns the code to end with. */
export async function runInStore(
  scenario: ScenarioWithFiles,
  { options, terminal, outputs, atMostNs, store, stop, onBegun, ...parts }: RunInStore,
): Promise<ExitCode> {
  const onNotice = (text: string): void => terminal.progress(text);
  checkTargetPids(scenario, store.serverPid);
  const planning = planScenario(scenario, store.source, onNotice);
  const planned = await unlessStopped(planning, stop.signal);
  const schedule = scheduleOf(planned);
  const baseline = await baselineOf(store, planned, options.baseline);
  const live = new LiveProgress(terminal);
  const onJudgement = (judgement: AbJudgement): void => live.judged(judgement);
  const judge =
    planned.ab && (await import('../run/ab-judge.ts')).abJudge(planned, { atMostNs, onJudgement });
  terminal.progress(
    `${scenario.name}: ${planText(planned, schedule)}, store at ${store.description}`,
  );
  const finished = await run({
    ...parts,
    scenario: planned,
    store,
    observer: observerOn(terminal, live, onBegun),
    judge,
    signal: stop.signal,
    harnessVersion: HARNESS_VERSION,
    baseline: baseline?.word,
    env: process.env,
    allowedHosts: options.allowHost,
    allowRemoteListen: options.allowRemoteListen ?? false,
  });
  const report = await reportFinished(finished, {
    store,
    commandLine: commandLineOf(options),
    baseline,
    tracesOf: () => tracesIn(store),
    note: onNotice,
    signal: stop.signal,
  });
  const code = stop.exitCode() ?? storedExitCode(runExitCode(report), report);
  const toldCode = await outputs.report(runResult(report), code);
  // For the list of runs. The report stands, whether or not this is stored.
  await store.sink
    .writeRun({ ...report.analysis.run, verdict: verdictWords(report) })
    .catch((error: unknown) => terminal.progress(`the verdict is not stored: ${errorText(error)}`));
  return stop.exitCode() ?? toldCode;
}

/** A run that went well and is not stored did not go well. */
function storedExitCode(code: ExitCode, { notStored }: RunReport): ExitCode {
  return code === EXIT_CODES.OK && notStored !== undefined ? EXIT_CODES.NOT_STORED : code;
}

/** Shows a run on the terminal. */
function observerOn(
  terminal: Terminal,
  live: LiveProgress,
  begun: RunObserver['begun'],
): RunObserver {
  return {
    begun,
    note: (text) => terminal.progress(text),
    second: (second) => live.show(second),
    loadEnded: () => terminal.endLive(),
  };
}
