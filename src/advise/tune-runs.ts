import type { ConnectAnalysis, EdgeAnalysis, RunAnalysis, TimeAnalysis } from '../analyze/index.ts';
import {
  formatRatio,
  type Ms,
  type Ns,
  NS_PER_MS,
  NS_PER_SEC,
  type Ratio,
  secFromNs,
} from '../core/index.ts';
import type { CallRequest, CallStages, RetryOutcomes } from '../spans/index.ts';
import type { ConnectAdvice, RecommendedTimeout } from './advice.ts';
import { deadlineAbove } from './deadline-above.ts';
import { deadlineBudget } from './deadline-budget.ts';
import { failsAgain } from './fails-again.ts';
import {
  overloadSign,
  type KnownCapacity,
  type LoadedAnalysis,
  type LoadedRun,
} from './overload-sign.ts';
import { protectionOf } from './protection.ts';
import { poolClocks, poolEdges, type PooledEdge } from './pooled-edges.ts';
import { adviseRetries, budgetOf, failuresOf, policyOf } from './retry-advice.ts';
import { adviseConnect, adviseEdge, bestBound } from './timeout-recommendation.ts';
import { SUCCESS_MIN, tunedSettings } from './tuned-settings.ts';
import type { EdgeTuning, TunedRun, TunedTraces, Tuning } from './tuning.ts';
import { worstLoads } from './worst-load.ts';

/** A run from which recommendations are drawn. */
export interface RunToTune extends LoadedRun {
  readonly analysis: RunAnalysis;
  /** Why the generator itself was material to its numbers; absent where it was not. */
  readonly invalid?: string;
}

/** The traces of a time from which recommendations are drawn. */
export interface TracesToTune {
  readonly analysis: TimeAnalysis;
  readonly fromEpochMs: Ms;
  readonly toEpochMs: Ms;
  /** The share of the traces that was read. */
  readonly ratio: Ratio;
}

/** What recommendations are drawn from, and for whom. */
export interface TuneQuestion {
  /** One at least where there are no traces. */
  readonly runs: readonly RunToTune[];
  /** Of a time, whoever made the calls. */
  readonly traces?: TracesToTune;
  /** What their spans say of calls that were sent again, and of requests. */
  readonly retries: readonly RetryOutcomes[];
  readonly requests: readonly CallRequest[];
  /** How services make their calls, one after another or beside each other. */
  readonly stages: readonly CallStages[];
  /** What a whole call may take. */
  readonly deadlineNs?: Ns;
  /** Whether the user says that an operation may be repeated. */
  readonly isTold: (operation: string) => boolean;
}

/** What a connection may take that nobody measured, DNS and TLS with it: some round trips. */
const CONNECT_GUESS_NS: Ns = 250 * NS_PER_MS;

type Untold = Omit<EdgeTuning, 'settings' | 'worstLoad' | 'deadlineAbove' | 'deadlineBudget'> & {
  readonly runCount: number;
  readonly differs: boolean;
};

/** Returns what the callers of all edges should run with, computed from what is stored alone. */
export function tuneRuns(question: TuneQuestion): Tuning {
  const { runs, traces, deadlineNs } = question;
  const spans = traces && loadedBySpans(traces.analysis);
  const pooled = poolEdges([...runs.map(({ analysis }) => analysis), ...(spans ? [spans] : [])]);
  const loaded = [...runs, ...(spans ? [{ analysis: spans }] : [])];
  const edges = pooled.map((one) => tuneEdge(one, pooled, { ...question, loaded }));
  const loads = worstLoads(edges);
  return {
    runs: runs.map(tunedRun),
    ...(traces && { traces: tunedTraces(traces) }),
    ...(deadlineNs !== undefined && { deadlineNs }),
    edges: edges.map(({ runCount, differs, ...edge }, i) => {
      const load = loads[i] ?? { path: [edge.caller, edge.callee], attempts: 1, withBudgets: 1 };
      const above = deadlineAbove(edge, edges);
      const budget = deadlineBudget(edge, edges, question.stages);
      const whole = {
        ...{ ...edge, worstLoad: load },
        ...(above && { deadlineAbove: above }),
        ...(budget && { deadlineBudget: budget }),
      };
      return { ...whole, settings: tunedSettings(whole, { runCount, differs, deadlineNs }) };
    }),
  };
}

function tuneEdge(
  { edge, isBiased, runCount, differs }: PooledEdge,
  pooled: readonly PooledEdge[],
  question: TuneQuestion & { readonly loaded: readonly LoadedRun[] },
): Untold {
  const { kind, caller, callee, operation, ratePerSec } = edge;
  const request = requestOf(edge, question.requests);
  const edges = pooled.map((one) => one.edge);
  const again = failsAgain(edge, edges, question.retries);
  const retries = adviseRetries({
    edge,
    httpMethod: request.httpMethod,
    isTold: question.isTold(operation),
    again,
    overload: overloadSign(edge, question.loaded, budgetOf(failuresOf(edge, again)).ratio),
  });
  // What a sample lacks comes as fast as its share of the traces does.
  const sampledPerSec = ratePerSec * (question.traces?.ratio ?? 1);
  const advice = adviseEdge({ ...edge, ratePerSec: sampledPerSec }, isBiased);
  const strict = recommendedOf(advice.timeouts, 99.9);
  const best = isBiased || strict ? undefined : bestBound(edge);
  const connect = kind === 'harness' ? connectTo(callee, question) : undefined;
  const common = {
    ...{ kind, caller, callee, operation, request, ratePerSec, advice, runCount, differs },
    ...(edge.byServer && { byServer: edge.byServer }),
    ...(best && { bestBound: best }),
    ...(connect && { connect }),
  };
  const basis = strict ?? best;
  if (basis === undefined || basis.successPercent < SUCCESS_MIN) return { ...common, retries };
  const { timeoutNs: attemptTimeoutNs, successPercent, p50Ns } = basis;
  const { policy, reason } = policyOf(retries, {
    attemptTimeoutNs,
    connectTimeoutNs: connectTimeoutOf(connect) ?? Math.max(attemptTimeoutNs, CONNECT_GUESS_NS),
    cutOffRatio: 1 - successPercent / 100,
    p50Ns,
    deadlineNs: question.deadlineNs,
  });
  const protection = protectionOf({
    edge,
    mayRepeat: reason === 'helps' || reason === 'may-help',
    failureUpper: retries.failureUpper,
    attemptTimeoutNs: policy.attemptTimeoutNs,
    totalTimeoutNs: policy.totalTimeoutNs,
    recoveriesNs: recoveriesOf(edge, question),
    capacity: capacityOf(edge, question),
  });
  return { ...common, policy, protection, retries: { ...retries, reason } };
}

/** How long callgauge's own calls took to be well again after each fault. */
function recoveriesOf(edge: EdgeAnalysis, { runs }: TuneQuestion): readonly Ns[] {
  if (edge.kind !== 'harness') return [];
  return runs.flatMap(({ analysis }) =>
    analysis.faults.flatMap(({ steps }) =>
      steps.flatMap(({ step, recovery }) =>
        step === edge.operation && recovery.kind === 'recovered' ? [recovery.atMostNs] : [],
      ),
    ),
  );
}

/** That of the search whose calls these are. */
function capacityOf(edge: EdgeAnalysis, { runs }: TuneQuestion): KnownCapacity | undefined {
  return runs.find(
    ({ analysis, capacity }) =>
      capacity !== undefined &&
      analysis.edges.some(
        ({ callee, operation }) => callee === edge.callee && operation === edge.operation,
      ),
  )?.capacity;
}

function connectTo(target: string, { runs }: TuneQuestion): ConnectAdvice | undefined {
  const clocks = runs.flatMap(({ analysis }) =>
    analysis.connects
      .filter((one: ConnectAnalysis) => one.target === target)
      .map(({ connect }) => connect),
  );
  return clocks.length === 0 ? undefined : adviseConnect(target, poolClocks(clocks));
}

function connectTimeoutOf(connect: ConnectAdvice | undefined): Ns | undefined {
  return connect?.timeout.kind === 'recommended' ? connect.timeout.timeoutNs : undefined;
}

function recommendedOf(
  timeouts: EdgeTuning['advice']['timeouts'],
  percent: number,
): RecommendedTimeout | undefined {
  return timeouts.find(
    (one): one is RecommendedTimeout =>
      one.kind === 'recommended' && one.successPercent === percent,
  );
}

function requestOf(edge: EdgeAnalysis, requests: readonly CallRequest[]): EdgeTuning['request'] {
  const found = requests.find(
    (one) => one.caller === edge.caller && one.operation === edge.operation,
  );
  const { httpMethod = '', path = '', rpcService = '', rpcMethod = '' } = found ?? {};
  return { httpMethod, path, rpcService, rpcMethod };
}

/** Of the spans of a time nothing is known but what they say. */
function loadedBySpans({
  edges,
  edgeErrors,
  seenNs,
}: TimeAnalysis): LoadedAnalysis & Pick<RunAnalysis, 'healthy' | 'served'> {
  const none = { calls: 0, seen: 0 };
  return {
    ...{ edges, edgeErrors, errors: [], faults: [] },
    counters: { arrivals: 0, droppedArrivals: 0 },
    healthy: { ranges: [{ fromNs: 0, toNs: seenNs }], guardNs: 0, seconds: seenNs / NS_PER_SEC },
    served: {
      ...{ kind: 'none', ...none, keptFirstHalf: none, keptSecondHalf: none, keptBySteps: [] },
    },
  };
}

function tunedTraces({ analysis, ratio, ...time }: TracesToTune): TunedTraces {
  const { attempts, seenNs, edges } = analysis;
  const isByServer = edges.some(({ byServer }) => byServer);
  return {
    ...time,
    ...{ attempts, seenNs, ratio },
    doubts: [
      'What went wrong in the time counts: take one in which all was well.',
      'Rates are of the traces that are stored, and of what they say they stand for: where a part was sampled without a word there are more calls, and where slow or failed ones were kept rather, times are too long.',
      ...(ratio < 1 ? [`An even ${formatRatio(ratio)} of the traces was read.`] : []),
      ...(isByServer
        ? ['Where only servers have spans, times are without the network, and connects unknown.']
        : []),
    ],
  };
}

function tunedRun({ analysis, invalid }: RunToTune): TunedRun {
  const { run, partial, healthy, served } = analysis;
  const healthyNs = healthy.ranges.reduce((sum, r) => sum + r.toNs - r.fromNs, 0);
  return {
    runId: run.runId,
    scenario: run.scenario,
    startedEpochMs: run.startedEpochMs,
    healthyNs,
    doubts: [
      ...(invalid === undefined ? [] : [`INVALID: ${invalid}`]),
      ...(partial ? [`It was cut short: ${secFromNs(healthyNs).toFixed(0)} s are left.`] : []),
      ...(served.kind === 'part' || served.kind === 'early'
        ? ['Spans of its services are missing, and not by chance: no timeout between them.']
        : []),
    ],
  };
}
