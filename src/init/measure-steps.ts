import { stringify } from 'yaml';
import { analyzeRun, type RunAnalysis, type StepAnalysis } from '../analyze/index.ts';
import { counted, formatCount, HarnessError, invariant } from '../core/index.ts';
import { evaluateThresholds } from '../gate/index.ts';
import { run, type RunObserver } from '../run/index.ts';
import { asReachable, parseScenario, withBodyFiles } from '../scenario/index.ts';
import { STEADY_SECONDS, type FirstPlan, type FirstStep } from './first-plan.ts';
import { errorLimit, ERRORS_MAX, timeLimit } from './limits.ts';
import {
  FIRST_CALLS_PER_SEC,
  MEASURED_SECONDS,
  type Measurement,
  type StepFinding,
} from './measurement.ts';
import { choiceOf, listsOfWays, stepEntry, targetsOf } from './step-entry.ts';

export interface MeasureOptions {
  readonly observer: RunObserver;
  /** Asks for an early end: what was measured by then is not used. */
  readonly signal: AbortSignal;
  readonly harnessVersion: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Calls the steps of a plan and returns what they showed: first each once, one after another, then
 * those that were answered as they should be, at the plan's rate for 10 s. Nothing is stored, and
 * of answers nothing is kept but their times and statuses.
 * @throws INTERRUPTED; what keeps a run from being carried out
 */
export async function measureSteps(plan: FirstPlan, options: MeasureOptions): Promise<Measurement> {
  const findings = new Map<string, StepFinding>();
  const callable = plan.steps.filter((step) => {
    const unset = step.variables.find((name) => (options.env[name] ?? '') === '');
    if (unset !== undefined) {
      findings.set(step.name, {
        kind: 'failed',
        seen: `${unset} is not set, so it was not called`,
      });
    }
    return unset === undefined;
  });
  if (callable.length === 0) {
    return { kind: 'none', reason: 'no step could be called', findings };
  }
  const first = await measured(firstCalls(plan, callable), options);
  const answered: FirstStep[] = [];
  for (const step of callable) {
    const seen = failureOf(step, first);
    if (seen === undefined) answered.push(step);
    else findings.set(step.name, { kind: 'failed', seen });
  }
  if (answered.length === 0) {
    const isAnyAnswered = first.steps.some(({ statuses }) => statuses.length > 0);
    const reason = isAnyAnswered
      ? 'no call was answered as its step wants'
      : `no call was answered: ${failureOf(callable[0], first) ?? 'none was made'}`;
    return { kind: 'none', reason, findings };
  }
  const analysis = await measured(steadyCalls(plan, answered), options);
  for (const step of answered) findings.set(step.name, findingOf(step, analysis));
  const invalid = evaluateThresholds([], analysis).invalid;
  if (invalid !== undefined) {
    return {
      kind: 'none',
      reason: `callgauge itself was too slow: ${invalid.reasons.join('; ')}`,
      findings,
    };
  }
  return {
    kind: 'measured',
    startedEpochMs: analysis.run.startedEpochMs,
    ratePerSec: plan.ratePerSec,
    machine: machineText(analysis.run.environment),
    findings,
  };
}

const SINK = {
  quarantinedSpans: 0,
  writeRun: () => Promise.resolve(),
  writeSpans: () => Promise.resolve(),
  writeHistograms: () => Promise.resolve(),
  writeCounters: () => Promise.resolve(),
  writeErrors: () => Promise.resolve(),
  writeConnectErrors: () => Promise.resolve(),
  writeFaultWindows: () => Promise.resolve(),
};

/** Returns what a run of the scenario shows; it is kept in memory alone. */
async function measured(file: object, options: MeasureOptions): Promise<RunAnalysis> {
  const text = stringify(file, { aliasDuplicateObjects: false, lineWidth: 0 });
  const scenario = withBodyFiles(parseScenario(text, 'callgauge init'), new Map());
  const { observer, signal, harnessVersion, env } = options;
  const finished = await run({
    scenario: asReachable(scenario),
    store: { sink: SINK },
    observer,
    signal,
    harnessVersion,
    env,
    metrics: undefined,
    receive: { host: '127.0.0.1', port: 0 },
    receiveWaitNs: 0,
    proxyAdmin: undefined,
    watchProxies: undefined,
    allowedHosts: [],
    allowRemoteListen: false,
  });
  if (signal.aborted) {
    throw new HarnessError('INTERRUPTED', 'stopped in the first measurement; nothing is written', {
      hint: 'Start it again, or write the scenario without one: --no-measure.',
    });
  }
  const source = await finished.kept.source();
  invariant(source !== undefined, 'a run that ended had begun');
  return analyzeRun(source, finished.runId);
}

/** Each step once, in a phase of its own: no failure keeps another step from being called. */
function firstCalls(plan: FirstPlan, steps: readonly FirstStep[]) {
  const rate = `${FIRST_CALLS_PER_SEC}/s`;
  const each = `${1_000 / FIRST_CALLS_PER_SEC}ms`;
  return {
    name: plan.name,
    targets: targetsOf(plan),
    flows: Object.fromEntries(steps.map((step) => [step.name, [stepEntry(step, plan)]])),
    load: steps.map(({ name }) => ({
      phase: name,
      flow: name,
      arrivals: { process: 'constant', rate },
      for: each,
    })),
  };
}

/** The steps as the written scenario calls them. */
function steadyCalls(plan: FirstPlan, steps: readonly FirstStep[]) {
  const lists = listsOfWays(steps.map((step) => ({ do: [stepEntry(step, plan)] })));
  return {
    name: plan.name,
    targets: targetsOf(plan),
    flows: { calls: [choiceOf(lists.map((ways) => ({ ways, count: ways.length })))] },
    load: [
      { phase: 'warm-up', arrivals: { rate: `${plan.ratePerSec}/s` }, for: '1s', measure: false },
      {
        phase: 'steady',
        arrivals: { rate: `${plan.ratePerSec}/s` },
        for: `${MEASURED_SECONDS}s`,
      },
    ],
  };
}

/** Returns why a step's calls failed; undefined where fewer did than a step may. */
function failureOf(step: FirstStep | undefined, analysis: RunAnalysis): string | undefined {
  const found = analysis.steps.find((one) => one.step === step?.name);
  if (found === undefined) return 'no call was made';
  const { calls, errors } = found.overall;
  if (errors <= calls * ERRORS_MAX) return undefined;
  const [worst] = analysis.errors.filter((error) => error.step === step?.name);
  const what = worst === undefined ? 'failed' : whatOf(worst);
  return calls === 1 ? what : `${what} (${formatCount(errors)} of ${counted(calls, 'call')})`;
}

function whatOf({ outcome, text }: RunAnalysis['errors'][number]): string {
  if (outcome === 'timeout') return 'no answer came in time';
  return outcome === 'status' ? `answered with ${text}` : `${outcome}: ${text}`;
}

function findingOf(step: FirstStep, analysis: RunAnalysis): StepFinding {
  const seen = failureOf(step, analysis);
  const found = analysis.steps.find((one) => one.step === step.name);
  if (seen !== undefined || found === undefined) {
    return { kind: 'failed', seen: seen ?? 'no call was made' };
  }
  return foundOk(found);
}

function foundOk({ overall }: StepAnalysis): StepFinding {
  const growth = STEADY_SECONDS / MEASURED_SECONDS;
  const limit = timeLimit(overall.response, growth);
  return {
    kind: 'ok',
    calls: overall.calls,
    errors: overall.errors,
    errorLimit: errorLimit(overall, growth),
    ...(limit && { timeLimit: limit }),
  };
}

function machineText(environment: RunAnalysis['run']['environment']): string {
  const { cores = '', cpu = '', platform = '' } = environment;
  return [`${cores} cores${cpu === '' ? '' : ` of ${cpu}`}`, platform].join(', ');
}
