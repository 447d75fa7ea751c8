import { HarnessError, invariant, unlessStopped } from '../../core/index.ts';
import type { RunReport } from '../../report/index.ts';
import { renderDocument } from '../../report/terminal/terminal-report.ts';
import { verificationDocument } from '../../report/tune/verify-document.ts';
import { renderVerificationJson } from '../../report/tune/verify-json.ts';
import { reportFinished, run } from '../../run/index.ts';
import { checkTargetPids, planScenario } from '../../run/prepare/index.ts';
import { findRunId } from '../../run/stored/find-run.ts';
import { tuningOf, type TuningWishes } from '../../run/stored/index.ts';
import { madeRun, scenarioOfRun, triedPolicies } from '../../run/verify/index.ts';
import { withPolicies } from '../../scenario/with-policies.ts';
import type { ScenarioWithFiles } from '../../scenario/index.ts';
import { scheduleOf } from '../../schedule/index.ts';
import { storedAttempts } from '../../store/attempt-queries.ts';
import { openStore, type Store } from '../../store/index.ts';
import { storedSpanWindows } from '../../store/span-windows.ts';
import { verifyTuning, type Verification } from '../../verify/index.ts';
import { checkLimits } from '../command-limits.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { endedAtOnceLines } from '../ended-at-once.ts';
import { reportFailure } from '../failure.ts';
import { LiveProgress } from '../live-progress.ts';
import { planText } from '../load-text.ts';
import { listenForStop, type StopRequest } from '../signals.ts';
import { commandLineOf, storeOptions } from '../store-options.ts';
import { tracesIn } from '../stored-traces.ts';
import type { Terminal } from '../terminal.ts';
import type { TuneOptions } from '../tune-options.ts';
import { wishesOf } from '../tuning-wishes.ts';
import { HARNESS_VERSION } from '../version.ts';
import { makeRoomForResult, writeResult } from '../write-result.ts';

const CODES: Readonly<Record<Verification['verdict'], ExitCode>> = {
  held: EXIT_CODES.OK,
  'not-held': EXIT_CODES.REGRESSION,
  'cannot-tell': EXIT_CODES.INCONCLUSIVE,
  invalid: EXIT_CODES.INVALID,
};

/** Nobody waits for more spans of services than a run does by itself. */
const RECEIVE_WAIT_NS = 10e9;

/**
 * Carries out the scenario of a stored run twice, as it is and with what is recommended for its
 * steps, prints what became of the recommendations and returns the code to end with.
 * @throws as `tune` and `run` do
 */
export async function verifyRecommendations(
  runs: readonly string[],
  options: TuneOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  checkOptions(options);
  const words = runs.length === 0 ? ['latest'] : runs;
  const wishes = wishesOf(options);
  checkLimits('run');
  if (options.output !== undefined) makeRoomForResult(options.output);
  const begun: string[] = [];
  const stop = listenForStop({
    leaving: () => {
      terminal.endLive();
      for (const line of endedAtOnceLines(begun, commandLineOf(options))) terminal.progress(line);
    },
  });
  try {
    stop.onStop(() => terminal.progress('stopping; once more ends at once'));
    const store = await openStore({
      ...storeOptions(options),
      onNotice: (text) => terminal.progress(text),
      signal: stop.signal,
    });
    stop.onStop(() => store.sink.hurry());
    try {
      return await verifyIn(store, words, { options, wishes, terminal, stop, begun });
    } finally {
      await store.close();
    }
  } catch (error) {
    const code = stop.exitCode();
    if (code === undefined) throw error;
    reportFailure(error, terminal);
    return code;
  } finally {
    stop.dispose();
  }
}

const EXCLUDED = ['export', 'current', 'as', 'spans', 'since', 'from', 'to'] as const;

/** What is verified is what stored runs recommend, whose scenario there is. */
function checkOptions(options: TuneOptions): void {
  const other = EXCLUDED.find((name) => options[name] !== undefined);
  if (other === undefined) return;
  throw new HarnessError('USAGE_INVALID', `--verify and --${other} exclude each other`, {
    hint: 'Leave one of them out.',
  });
}

interface VerifyParts {
  readonly options: TuneOptions;
  readonly wishes: TuningWishes;
  readonly terminal: Terminal;
  readonly stop: StopRequest;
  /** Takes the ids of the runs as they begin. */
  readonly begun: string[];
}

async function verifyIn(
  store: Store,
  words: readonly string[],
  { options, wishes, terminal, stop, begun }: VerifyParts,
): Promise<ExitCode> {
  const reader = {
    source: store.source,
    windows: storedSpanWindows(store.connection, store.layout),
    attempts: storedAttempts(store.connection, store.layout),
    description: store.description,
  };
  const [first = 'latest'] = words;
  const record = await store.source.run(await findRunId(store.source, first));
  const tuning = await tuningOf(reader, words, wishes);
  invariant(record !== undefined, 'a run that was tuned is there');
  const scenario = await scenarioOfRun(record, {
    isOwnStore: options.store === undefined,
    note: (text) => terminal.progress(text),
  });
  const tried = triedPolicies(tuning, scenario);
  const sides = withPolicies(scenario, tried);
  const make = async (called: string, one: ScenarioWithFiles): Promise<Made> =>
    makeSide(store, one, { called, options, terminal, stop, begun });
  const before = await make('the run before', sides.before);
  const stopped = stop.exitCode();
  if (stopped !== undefined) {
    terminal.progress(`the run after was not made; the one before is ${before.runId}`);
    return stopped;
  }
  const after = await make('the run after', sides.after);
  const verification = verifyTuning({
    scenario: scenario.name,
    tuning,
    policies: tried.texts,
    connectTimeoutsNs: tried.connectTimeoutsNs,
    before: await madeRun(before.source, before.report, 'the run before'),
    after: await madeRun(after.source, after.report, 'the run after'),
  });
  await print(verification, { before, store, options, terminal });
  const code = CODES[verification.verdict];
  const isStored = before.isStored && after.isStored;
  return stop.exitCode() ?? (code === EXIT_CODES.OK && !isStored ? EXIT_CODES.NOT_STORED : code);
}

interface Made {
  readonly runId: string;
  readonly report: RunReport;
  /** Where its numbers are: the store, or this process where it is not stored. */
  readonly source: Parameters<typeof madeRun>[0];
  readonly isStored: boolean;
}

async function makeSide(
  store: Store,
  scenario: ScenarioWithFiles,
  {
    called,
    options,
    terminal,
    stop,
    begun,
  }: Omit<VerifyParts, 'wishes'> & { readonly called: string },
): Promise<Made> {
  const onNotice = (text: string): void => terminal.progress(text);
  checkTargetPids(scenario, store.serverPid);
  const planned = await unlessStopped(planScenario(scenario, store.source, onNotice), stop.signal);
  const live = new LiveProgress(terminal);
  terminal.progress(`${called}: ${planText(planned, scheduleOf(planned))}`);
  const finished = await run({
    scenario: planned,
    store,
    observer: {
      begun: (runId) => {
        begun.push(runId);
        terminal.progress(`${called} is ${runId}`);
      },
      note: onNotice,
      second: (second) => live.show(second),
      loadEnded: () => terminal.endLive(),
    },
    signal: stop.signal,
    harnessVersion: HARNESS_VERSION,
    env: process.env,
    metrics: undefined,
    receive: { host: '127.0.0.1', port: 0 },
    receiveWaitNs: RECEIVE_WAIT_NS,
    proxyAdmin: undefined,
    watchProxies: undefined,
    allowedHosts: [],
    allowRemoteListen: false,
  });
  const report = await reportFinished(finished, {
    store,
    commandLine: commandLineOf(options),
    tracesOf: () => tracesIn(store),
    note: onNotice,
    signal: stop.signal,
  });
  const isStored = report.notStored === undefined;
  const source = isStored ? store.source : await finished.kept.source();
  if (source === undefined) {
    throw new HarnessError('RUN_UNSUITABLE', `${called}, ${finished.runId}, is not stored`, {
      hint: 'Verify again once the store takes runs.',
    });
  }
  return { runId: finished.runId, report, source, isStored };
}

interface Printing extends Pick<VerifyParts, 'options' | 'terminal'> {
  readonly before: Made;
  readonly store: Store;
}

async function print(
  verification: Verification,
  { before, store, options, terminal }: Printing,
): Promise<void> {
  const { output, json } = options;
  const document = verificationDocument({
    verification,
    startedEpochMs: before.report.analysis.run.startedEpochMs,
    storedAt: store.description,
    commandLine: commandLineOf(options),
  });
  if (output !== undefined) {
    const plain = { color: false, width: terminal.width };
    const text = json ? renderVerificationJson(verification) : renderDocument(document, plain);
    await writeResult(output, text);
    return terminal.progress(`wrote ${output}`);
  }
  if (json) return terminal.json(renderVerificationJson(verification));
  return terminal.styled(renderDocument(document, terminal));
}
