import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import {
  NS_PER_MS,
  NS_PER_SEC,
  parseDuration,
  parsePercent,
  parseRate,
  type Ns,
} from '../../core/index.ts';
import type { PolicySpec } from '../../resilience/index.ts';
import type { RetryOn } from '../call-policy.ts';
import { recommendedPolicy } from '../recommended-policy.ts';
import { refuseBroken } from './file-parts.ts';
import { besideOf, Defaults, numberOf, policyInUse } from './in-use.ts';
import { at, entriesAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, msText } from './stack-units.ts';
import { yamlText } from './yaml-file.ts';

const USE = [
  'Put it into a scenario, and name a policy where its calls are made: policy: NAME under a step, or under a target for all of its steps. One that nothing names is refused.',
  'callgauge tune RUN --verify makes the calls of a run with and without what is recommended.',
  'attempts counts all, the first included. The connect timeout is of a target, not of a policy.',
];

/** The policies of a scenario, for callgauge's own calls. */
export const CALLGAUGE: Stack = {
  name: 'callgauge',
  title: 'callgauge policies',
  reads: 'a scenario with policies',
  isOfHarness: true,
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const policies = edges.map((edge) => [edge.key, policyFile(edge)] as const);
  return yamlText(
    { policies: Object.fromEntries(policies) },
    {
      head: [...about, ...USE],
      comments: edges.map((edge) => ({
        path: ['policies', edge.key],
        lines: [
          edgeTitle(edge),
          ...edge.evidence,
          `connectTimeout: ${msText(edge.policy.connectTimeoutNs)} is for the target`,
        ],
      })),
    },
  );
}

function policyFile(edge: ExportedEdge): object {
  const isRpc = edge.request.rpcService !== '';
  const policy = recommendedPolicy(edge.key, edge);
  const { totalTimeoutNs, attemptTimeoutNs, idempotent, retry, hedge, breaker } = policy;
  const { bulkhead, rateLimit } = policy;
  return {
    ...(totalTimeoutNs !== undefined && { totalTimeout: timeText(totalTimeoutNs) }),
    ...(attemptTimeoutNs !== undefined && { attemptTimeout: timeText(attemptTimeoutNs) }),
    ...(idempotent !== undefined && { idempotent }),
    ...(retry && { retry: retryFile(retry, isRpc) }),
    ...(hedge &&
      'delayNs' in hedge.after && {
        hedge: { after: timeText(hedge.after.delayNs), maxExtra: percentText(hedge.extraRatioMax) },
      }),
    ...(breaker && {
      breaker: {
        failures: percentText(breaker.failureRatio),
        calls: breaker.volume,
        window: timeText(breaker.windowNs),
        sleep: timeText(breaker.sleepNs),
        probes: breaker.probes,
      },
    }),
    ...(bulkhead && { bulkhead: { calls: bulkhead.calls } }),
    ...(rateLimit && {
      rateLimit: { rate: `${rateLimit.ratePerSec}/s`, burst: rateLimit.burst },
    }),
  };
}

function retryFile(
  { attempts, on, backoff, budget }: NonNullable<PolicySpec['retry']>,
  isRpc: boolean,
): object {
  const failures = [
    ...(['connect', 'reset', 'timeout'] as const).filter((one) => on[one]),
    ...on.statuses.map((status) => (isRpc ? 'UNAVAILABLE' : status)),
  ];
  return {
    attempts,
    on: failures,
    backoff: { base: timeText(backoff.baseNs), cap: timeText(backoff.capNs) },
    ...(budget && {
      budget: {
        ratio: percentText(budget.ratio),
        min: `${budget.minPerSec}/s`,
        ttl: timeText(budget.ttlNs),
      },
    }),
  };
}

function timeText(ns: Ns): string {
  return ns % NS_PER_SEC === 0 ? `${ns / NS_PER_SEC}s` : `${ns / NS_PER_MS}ms`;
}

function percentText(ratio: number): string {
  return `${Number((ratio * 100).toFixed(4))}%`;
}

const PARTS = ['totalTimeout', 'attemptTimeout', 'retry', 'hedge', 'breaker', 'bulkhead'] as const;
const DEFAULT_BASE_NS = 25 * NS_PER_MS;
const DEFAULT_SLEEP_NS = 60 * NS_PER_SEC;

/** A policy of a file, and where it begins. */
interface WrittenPolicy {
  readonly key: string;
  readonly value: unknown;
  readonly callees: readonly string[];
  readonly line: number;
}

/** Policies by name, of the targets and steps that name them; those of targets themselves. */
function read(text: string): readonly StackPolicy[] {
  if (!/^\s*["']?(?:policies|targets)["']?\s*:/mu.test(text)) return [];
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, logLevel: 'error' });
  if (/^policies\s*:/mu.test(text)) refuseBroken([document]);
  const file: unknown = document.toJS();
  const lineOf = (path: readonly string[]): number => {
    const map: unknown = document.getIn(path.slice(0, -1), true);
    const pair = isMap(map)
      ? map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
      : undefined;
    const from = isScalar(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0;
    return lineCounter.linePos(from).line;
  };
  const users = usersIn(file);
  const named = entriesAt(file, 'policies').map(([key, value]) => ({
    ...{ key, value, line: lineOf(['policies', key]) },
    callees: users.filter(({ policy }) => policy === key).map(({ target }) => target),
  }));
  const inline = entriesAt(file, 'targets').map(([target, value]) => ({
    ...{ key: target, value: at(value, 'policy'), callees: [target] },
    line: lineOf(['targets', target]),
  }));
  return [...named, ...inline]
    .filter(({ value }) => entriesAt(value).some(([part]) => PARTS.some((one) => one === part)))
    .map(policyOf);
}

interface PolicyUser {
  readonly policy: string;
  readonly target: string;
}

/** Which targets have a policy by its name, and which are called by a step that has it. */
function usersIn(file: unknown): readonly PolicyUser[] {
  const targets = entriesAt(file, 'targets');
  const [only] = targets.length === 1 ? targets : [];
  const ofTargets = targets.map(([target, value]) => ({
    policy: textOf(at(value, 'policy')),
    target,
  }));
  const ofSteps: PolicyUser[] = [];
  const walk = (value: unknown): void => {
    const policy = textOf(at(value, 'policy'));
    if (textOf(at(value, 'step')) !== '' && policy !== '') {
      ofSteps.push({ policy, target: textOf(at(value, 'target')) || (only?.[0] ?? '') });
    }
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk(at(file, 'flows'));
  return [...ofTargets, ...ofSteps].filter(({ policy, target }) => policy !== '' && target !== '');
}

function policyOf({ key, value, callees, line }: WrittenPolicy): StackPolicy {
  const defaults = new Defaults();
  const time = (...path: readonly string[]): Ns | undefined =>
    parseDuration(textOf(at(value, ...path)));
  const hasRetry = at(value, 'retry') !== undefined;
  const attempts = hasRetry ? (numberOf(at(value, 'retry', 'attempts')) ?? 1) : 1;
  const hasBreaker = at(value, 'breaker') !== undefined;
  return policyInUse({
    key,
    ...(callees.length > 0 && { scope: { callees: [...new Set(callees)] } }),
    line,
    totalTimeoutNs: time('totalTimeout'),
    attemptTimeoutNs: time('attemptTimeout'),
    attempts,
    retryOn: attempts === 1 ? 'nothing' : retryOnOf(at(value, 'retry', 'on')),
    ...(attempts > 1 && {
      firstWaitNs: defaults.or('firstWaitNs', time('retry', 'backoff', 'base'), DEFAULT_BASE_NS),
    }),
    hedgeDelayNs: time('hedge', 'after'),
    concurrent: numberOf(at(value, 'bulkhead', 'calls')),
    limitPerSec: parseRate(textOf(at(value, 'rateLimit', 'rate'))),
    ...(hasBreaker && {
      breakerRatio: defaults.or(
        'breakerRatio',
        parsePercent(textOf(at(value, 'breaker', 'failures'))),
        0.5,
      ),
      breakerSleepNs: defaults.or('breakerSleepNs', time('breaker', 'sleep'), DEFAULT_SLEEP_NS),
    }),
    ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
    beside: [
      ...besideOf(['fallback'], (name) => at(value, name)),
      ...besideOf(['window', 'calls'], (name) => at(value, 'breaker', name)).map(
        (one) => `breaker ${one}`,
      ),
      ...besideOf(['budget'], (name) => at(value, 'retry', name)).map((one) => `retry ${one}`),
    ],
  });
}

function retryOnOf(on: unknown): RetryOn {
  if (!Array.isArray(on)) return 'transient';
  return on.every((one) => one === 'connect') ? 'connect' : 'transient';
}
