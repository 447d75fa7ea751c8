import { availableParallelism } from 'node:os';
import { counted, formatCount, type Ns, NS_PER_SEC, systemClock } from '../core/index.ts';
import { planFaults, runFaultPlan } from '../faults/index.ts';
import { receivedText } from '../ingest/receiver-counters.ts';
import { KeptTraces, type Sink } from '../record/index.ts';
import type { Address, PlannedScenario } from '../scenario/index.ts';
import { loadExtended, loadUntil, scheduleOf } from '../schedule/index.ts';
import { workerCount, type SpareThreads } from '../sender/index.ts';
import type { Store } from '../store/index.ts';
import { RunIds } from '../trace/index.ts';
import { sendCapacitySearch } from './capacity-run.ts';
import { createRun, createRunAhead, mintRunId } from './create-run.ts';
import { KeptRun } from './kept-run.ts';
import type { FinishedRun } from './report-finished.ts';
import { startRunEnvironment, type RunEnvironment } from './environment/run-environment.ts';
import { WatchedProxies } from './environment/watched-proxies.ts';
import { faultExecutor } from './fault-executor.ts';
import { FaultMarks } from './fault-marks.ts';
import { sendLoad } from './load-run.ts';
import type { LoadJudge } from './load-judge.ts';
import type { RunObserver } from './run-observer.ts';
import { RunRecording } from './run-recording.ts';
import { onAbort, type BegunRun, type SendingParts } from './sending.ts';
import { ServiceEnds } from './service-ends.ts';
import { ServerSpanWatch } from './server-span-watch.ts';
import { thresholdJudge } from './threshold-judge.ts';
import { stepEndpoints } from './step-endpoints.ts';
import { planJson } from './stored/plan-json.ts';
import { planOf } from './stored/stored-plan.ts';

export interface RunOptions {
  readonly scenario: PlannedScenario;
  readonly store: { readonly sink: RunSink };
  readonly observer: RunObserver;
  /**
   * Looks at the load while it goes on, where that is no search; absent: the thresholds of the
   * scenario that ask for it.
   */
  readonly judge?: LoadJudge | undefined;
  /** Sending threads that may be there already; absent: all are started. */
  readonly threads?: SpareThreads | undefined;
  /** Asks the run to end early and in order. */
  readonly signal: AbortSignal;
  /** The version of callgauge, as the run is stored with. */
  readonly harnessVersion: string;
  /** What the run is held against, as a command line names it; absent for nothing. */
  readonly baseline?: string | undefined;
  /** Where to serve Prometheus metrics; undefined for nowhere. */
  readonly metrics: Address | undefined;
  /** Where the OTLP receiver listens; port 0 takes a free one. */
  readonly receive: Address;
  /** How long to wait at most, after the load, for spans of services that are on their way. */
  readonly receiveWaitNs: Ns;
  /** Where the proxies' admin API listens while the run lasts; undefined for nowhere. */
  readonly proxyAdmin: Address | undefined;
  /** The admin API of proxies of another process whose toxics are faults; undefined for none. */
  readonly watchProxies: URL | undefined;
  /** Names under which these ports may be called beside those of loopback and their own. */
  readonly allowedHosts: readonly string[];
  /** Whether a request to the admin API may have a proxy listen beyond loopback. */
  readonly allowRemoteListen: boolean;
  /** The variables that references to the environment stand for. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where a run's results go, and how many spans it could not hold. */
export type RunSink = Sink & Pick<Store['sink'], 'quarantinedSpans'>;

/** Services that a run starts are told to export every half second. */
const QUIET_OF_SERVICES_NS = 2 * NS_PER_SEC;
/** Others export every 5 s by default. */
const QUIET_OF_OTHERS_NS = 6 * NS_PER_SEC;

/**
 * Carries out a scenario and returns the run, once everything that it measured is durable, or the
 * sink has given it up. A run that was asked to stop ends early and is stored as partial.
 *
 *     environment starts ─► load, or search ─► faults end ─► spans of services come
 *       ─► environment stops, services flush ─► run is finished
 *
 * @throws whatever keeps it from being carried out; nothing is left running then
 */
export async function run(options: RunOptions): Promise<FinishedRun> {
  const { scenario, judge = thresholdJudge(scenario, systemClock()) } = options;
  const load = loadExtended(scenario.load, judge?.extendNs ?? 0);
  return runToBound({ ...options, judge, scenario: { ...scenario, load } });
}

/** The load of the scenario is as long as it may become. */
async function runToBound(options: RunOptions): Promise<FinishedRun> {
  const { store, observer, judge, signal: stop } = options;
  const abandoning = new AbortController();
  const abandon = abandoning.signal;
  const fail = (error: unknown): void => abandoning.abort(error);
  const runId = mintRunId();
  // Before anything is due: of Poisson phases it counts the arrivals one by one.
  const storedPlan = planJson(planOf(options.scenario));
  const kept = new KeptRun(store.sink, runId);
  const serviceEnds = new ServiceEnds();
  const ids = new RunIds(runId);
  const marks = new FaultMarks(ids);
  const watch = new ServerSpanWatch(ids, systemClock());
  const traces = new KeptTraces(ids);
  const { watchProxies: url } = options;
  const note = (text: string): void => observer.note(text);
  const watched = url && (await WatchedProxies.start({ url, runId, note }));
  const environment = await startRunEnvironment({
    ...options,
    runId,
    acceptSpans: async (spans) => {
      const own = spans.filter(({ traceId }) => traceId.startsWith(runId));
      const storing = async (): Promise<void> => {
        await marks.update();
        await kept.writeSpans(spans.map((span) => marks.mark(span)));
      };
      await watch.storing(own, storing());
      traces.arrived(own);
    },
    onServiceExit: (exit) => serviceEnds.add(exit),
    onFailure: fail,
  });
  try {
    const begin = (aheadNs: Ns): Promise<BegunRun> =>
      beginRun(
        {
          ...options,
          runId,
          sink: kept,
          storedPlan,
          environment,
          watched,
          serviceEnds,
          marks,
          watch,
          traces,
          abandon,
          fail,
        },
        aheadNs,
      );
    const { scenario } = environment;
    const holds = mayHaveSpans(options) ? 'all' : 'of-flows';
    const { threads } = options;
    const told = { observer, judge, stop, abandon };
    const { begun, sent } = await send({ scenario, runId, threads, holds, begin, ...told });
    await begun.endFaults();
    await watched?.stop();
    abandon.throwIfAborted();
    observer.loadEnded();
    await waitForSpans(watch, options, abandon);
    // Services flush their last spans as they stop, and those are part of the run.
    await environment.stop();
    const { counters } = environment.receiver;
    if (Object.keys(counters.refusals).length > 0) {
      observer.note(`spans of services: ${receivedText(counters)}`);
    }
    const rejectedSpans = counters.rejectedSpans + store.sink.quarantinedSpans;
    const plan = sent.untilNs === undefined ? storedPlan : planUntil(options, sent.untilNs);
    const refusal = await begun.recording.finish(sent, { rejectedSpans, plan });
    if (marks.lost > 0) observer.note(lostTouchesText(marks.lost));
    return { runId, kept, refusal };
  } catch (error) {
    fail(error);
    throw error;
  } finally {
    await watched?.stop();
    observer.loadEnded();
    await environment.stop();
  }
}

/** Returns the plan of a run that ended before it had to, as the store keeps it. */
function planUntil({ scenario }: RunOptions, untilNs: Ns): string {
  return planJson(planOf({ ...scenario, load: loadUntil(scenario.load, untilNs) }));
}

/** Returns whether somebody knows where to send spans: a service of the run, or the user. */
function mayHaveSpans({ scenario, receive }: RunOptions): boolean {
  return scenario.services.length > 0 || receive.port !== 0;
}

/**
 * Waits for spans of services that are on their way. Where nobody is known to send any, none are
 * waited for: no span came, and the port of the receiver was not chosen by the user.
 */
async function waitForSpans(
  watch: ServerSpanWatch,
  { receive, receiveWaitNs, observer, signal }: RunOptions,
  abandon: AbortSignal,
): Promise<void> {
  const isChosen = receive.port !== 0;
  if (!watch.hasSpans && !isChosen) return;
  await watch.wait({
    quietNs: isChosen ? QUIET_OF_OTHERS_NS : QUIET_OF_SERVICES_NS,
    quietOfLastNs: QUIET_OF_OTHERS_NS,
    atMostNs: receiveWaitNs,
    signal: AbortSignal.any([signal, abandon]),
    onWait: ({ seen, answered }) =>
      observer.note(
        `waiting for spans of services: seen for ${formatCount(seen)} of ${counted(answered, 'call')}`,
      ),
  });
}

function send(parts: SendingParts): ReturnType<typeof sendLoad> {
  const search = parts.scenario.load.find((phase) => phase.capacity !== undefined);
  return search ? sendCapacitySearch(search, parts) : sendLoad(parts);
}

interface BeginRunParts extends Pick<
  RunOptions,
  'scenario' | 'observer' | 'harnessVersion' | 'baseline'
> {
  readonly sink: Sink;
  readonly runId: string;
  readonly storedPlan: string;
  readonly environment: RunEnvironment;
  readonly watched: WatchedProxies | undefined;
  readonly serviceEnds: ServiceEnds;
  readonly marks: FaultMarks;
  readonly watch: ServerSpanWatch;
  readonly traces: KeptTraces;
  readonly abandon: AbortSignal;
  readonly fail: (error: unknown) => void;
}

/** Creates the run in the store and begins its faults; those of the whole run are on then. */
async function beginRun(parts: BeginRunParts, aheadNs: Ns): Promise<BegunRun> {
  const { runId, environment, watched, sink, observer, marks, watch, traces, abandon } = parts;
  const { scenario, faultPorts, metrics } = environment;
  const { phases } = scheduleOf(scenario);
  const record = await createRunAhead(aheadNs, (startedEpochMs) =>
    createRun({
      runId,
      scenario,
      phases,
      workers: workerCount(scenario, availableParallelism()),
      plan: parts.storedPlan,
      startedEpochMs,
      harnessVersion: parts.harnessVersion,
      baseline: parts.baseline,
      sink,
    }),
  );
  observer.begun(runId);
  const { startedEpochMs } = record;
  const clock = systemClock(startedEpochMs);
  const plan = planFaults(scenario.faults, phases);
  const faults = runFaultPlan(plan, faultExecutor(environment), clock, {
    failed: parts.fail,
    skipped: ({ name }) =>
      observer.note(`fault ${name}: a window was left out, the one before it ended too late`),
  });
  onAbort(abandon, () => faults.cancel());
  watched?.begin(clock);
  const windows = joined(
    () => faults.windows(),
    () => watched?.windows ?? NONE,
  );
  const { proxies } = environment;
  const takers = [proxies, watched].filter((one) => one !== undefined);
  marks.begin({
    originEpochMs: startedEpochMs,
    windows,
    ports: joined(
      () => faultPorts,
      () => watched?.ports ?? NONE,
    ),
    specs: joined(
      () => scenario.faults,
      () => watched?.specs ?? NONE,
    ),
    takeTouches: async () => Promise.all(takers.map((one) => one.takeTouches())),
  });
  await faults.begun;
  const endpoints = stepEndpoints(scenario, parts.scenario);
  const recording = new RunRecording({
    record,
    sink,
    observer,
    windows,
    serviceEnds: parts.serviceEnds,
    marks,
    endpoints,
    metrics,
    watch,
    traces,
    abandon,
  });
  let ending: Promise<unknown> | undefined;
  const endFaults = async (): Promise<void> => {
    await (ending ??= faults.stop());
  };
  return { startedEpochMs, clock, recording, endFaults };
}

const NONE: readonly never[] = [];

/** Returns both lists as one, which is made anew where one of them is another than before. */
function joined<T>(a: () => readonly T[], b: () => readonly T[]): () => readonly T[] {
  let [lastA, lastB, both]: (readonly T[])[] = [NONE, NONE, NONE];
  return () => {
    const [nowA, nowB] = [a(), b()];
    if (nowA !== lastA || nowB !== lastB) {
      [lastA, lastB, both] = [nowA, nowB, nowB.length === 0 ? nowA : [...nowA, ...nowB]];
    }
    return both ?? NONE;
  };
}

function lostTouchesText(lost: number): string {
  const what = counted(
    lost,
    'request or connection that a fault touched',
    'requests and connections that faults touched',
  );
  return `${what} found no room: their calls have callgauge.fault.active alone`;
}
