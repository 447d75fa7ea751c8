import { invariant } from '../core/index.ts';
import {
  POLICY_PRESETS,
  type BalanceSpec,
  type FallbackSpec,
  type HealthSpec,
  type PolicySpec,
} from '../resilience/index.ts';
import type { EntryFile } from './file/flow.ts';
import { NO_POLICY, type PolicyFile } from './file/policy.ts';
import { FAILURES } from './file/retry.ts';
import type { ScenarioFile } from './file/scenario-file.ts';
import type { Path } from './problem.ts';
import { kindsOfStep, type ProtocolKind } from './protocols/index.ts';
import { ownValue } from './select.ts';

type TargetFile = ScenarioFile['targets'][string];

/** A policy as a step uses it. */
export interface PolicyInUse {
  readonly file: PolicyFile;
  /** As the scenario calls it; of one that is written where it is used, what has it. */
  readonly name: string;
  /** The same for messages. */
  readonly called: string;
  /** Where it is written; of a preset, where it is named. */
  readonly path: Path;
  /** Whether the step itself says it, rather than its target. */
  readonly isOwn: boolean;
}

/** Returns the policy of a step of a valid file, its own or its target's; undefined for none. */
export function policyInUse(
  { entry, path }: { readonly entry: EntryFile; readonly path: Path },
  { policies, targets }: Pick<ScenarioFile, 'policies' | 'targets'>,
): PolicyInUse | undefined {
  const { step = '', target = '' } = entry;
  const isOwn = entry.policy !== undefined;
  const said = entry.policy ?? ownValue(targets, target)?.policy;
  if (said === undefined || said === NO_POLICY) return undefined;
  const usedAt = isOwn ? [...path, 'policy'] : ['targets', target, 'policy'];
  if (typeof said !== 'string') {
    // No policy of the file is called so: two with one name would share their state.
    const name = isOwn ? `step ${step}` : `target ${target}`;
    return { file: said, name, called: `the policy of ${name}`, path: usedAt, isOwn };
  }
  const called = `policy "${said}"`;
  const file = ownValue(policies, said);
  if (file) return { file, name: said, called, path: ['policies', said], isOwn };
  const preset = POLICY_PRESETS.find(({ name }) => name === said);
  return preset && { file: asFile(preset), name: said, called, path: usedAt, isOwn };
}

/** A preset as a file would have it; what no preset has is left out. */
function asFile({ attemptTimeoutNs, breaker, rateLimit }: PolicySpec): PolicyFile {
  return {
    ...(attemptTimeoutNs !== undefined && { attemptTimeout: attemptTimeoutNs }),
    ...(breaker && {
      breaker: {
        failures: breaker.failureRatio,
        calls: breaker.volume,
        window: breaker.windowNs,
        sleep: breaker.sleepNs,
        probes: breaker.probes,
      },
    }),
    ...(rateLimit && {
      rateLimit: { rate: rateLimit.ratePerSec, burst: rateLimit.burst, by: rateLimit.by },
    }),
  };
}

/** Returns the policy of a valid step as it is run. */
export function policyOf(
  entry: EntryFile,
  file: Pick<ScenarioFile, 'policies' | 'targets'>,
): PolicySpec | undefined {
  const used = policyInUse({ entry, path: [] }, file);
  const [kind] = kindsOfStep(entry);
  invariant(kind !== undefined, 'a step says its call');
  return used && policySpec(used, kind);
}

/** Returns a policy for calls of a kind. */
export function policySpec(
  { file, name }: Pick<PolicyInUse, 'file' | 'name'>,
  kind: ProtocolKind,
): PolicySpec {
  const { totalTimeout, attemptTimeout, idempotent, bulkhead, fallback } = file;
  return {
    name,
    ...(totalTimeout !== undefined && { totalTimeoutNs: totalTimeout }),
    ...(attemptTimeout !== undefined && { attemptTimeoutNs: attemptTimeout }),
    ...(idempotent !== undefined && { idempotent }),
    ...(file.retry && { retry: retryOf(file.retry, kind) }),
    ...(file.hedge && {
      hedge: { after: file.hedge.after, extraRatioMax: file.hedge.maxExtra },
    }),
    ...(file.breaker && { breaker: breakerOf(file.breaker) }),
    ...(bulkhead && { bulkhead: { calls: bulkhead.calls, waiting: bulkhead.waiting } }),
    ...(file.rateLimit && { rateLimit: rateLimitOf(file.rateLimit) }),
    ...(fallback && { fallback: fallbackOf(fallback, kind) }),
  };
}

function retryOf(
  { attempts, on, backoff, budget, otherEndpoint = true }: NonNullable<PolicyFile['retry']>,
  kind: ProtocolKind,
): NonNullable<PolicySpec['retry']> {
  const has = (failure: (typeof FAILURES)[number]): boolean => on?.includes(failure) ?? true;
  const { base, cap, jitter } = backoff;
  return {
    attempts,
    on: {
      connect: has('connect'),
      reset: has('reset'),
      timeout: has('timeout'),
      statuses: on ? statusesIn(on, kind) : kind.policy.retryStatuses,
    },
    backoff: { baseNs: base, capNs: cap, jitter },
    ...(budget && {
      budget: { ratio: budget.ratio, minPerSec: budget.min, ttlNs: budget.ttl },
    }),
    otherEndpoint,
  };
}

/** Returns the statuses of a kind among failures, ascending, each once. */
function statusesIn(on: readonly (string | number)[], kind: ProtocolKind): readonly number[] {
  const numbers = on
    .filter((one) => isStatusOf(one, kind))
    .flatMap((one) => {
      const { from, to } = kind.statuses.rangeOf(one);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** Returns whether what the file says is a status of a kind. */
export function isStatusOf(written: string | number, { statuses }: ProtocolKind): boolean {
  return statuses.schemas.some((schema) => schema.safeParse(written).success);
}

function breakerOf({
  failures,
  calls,
  window,
  sleep,
  probes,
  slow,
  slowCalls = SLOW_RATIO_DEFAULT,
}: NonNullable<PolicyFile['breaker']>): NonNullable<PolicySpec['breaker']> {
  return {
    failureRatio: failures,
    volume: calls,
    windowNs: window,
    sleepNs: sleep,
    probes,
    ...(slow !== undefined && { slow: { fromNs: slow, ratio: slowCalls } }),
  };
}

const SLOW_RATIO_DEFAULT = 0.5;

function rateLimitOf({
  rate,
  burst,
  by,
}: NonNullable<PolicyFile['rateLimit']>): NonNullable<PolicySpec['rateLimit']> {
  return { ratePerSec: rate, burst: burst ?? Math.max(1, Math.ceil(rate)), by };
}

function fallbackOf(
  { status, json, body = '' }: NonNullable<PolicyFile['fallback']>,
  { statuses }: ProtocolKind,
): FallbackSpec {
  const { from = 0 } = status === undefined ? (statuses.ok[0] ?? {}) : statuses.rangeOf(status);
  return { status: from, body: json === undefined ? body : JSON.stringify(json) };
}

/** Returns where a target of a valid file is, beside its url. */
export function endpointsFromFile({ endpoints, balance, health }: TargetFile): {
  readonly endpoints?: readonly string[];
  readonly balance?: BalanceSpec;
  readonly health?: HealthSpec;
} {
  return {
    ...(endpoints && { endpoints }),
    ...(balance !== undefined && { balance: balanceOf(balance) }),
    ...(health && { health: healthOf(health) }),
  };
}

function balanceOf(file: NonNullable<TargetFile['balance']>): BalanceSpec {
  const { by, weights, header } = typeof file === 'string' ? { by: file } : file;
  if (by === 'weighted') {
    invariant(weights !== undefined, 'what is weighted has weights');
    return { by, weights };
  }
  if (by === 'consistent-hash') {
    return { by, ...(header !== undefined && { header: header.toLowerCase() }) };
  }
  return { by };
}

function healthOf({ active, passive }: NonNullable<TargetFile['health']>): HealthSpec {
  return {
    ...(active && {
      active: {
        path: active.path,
        everyNs: active.every,
        timeoutNs: active.timeout,
        outAfter: active.outAfter,
        inAfter: active.inAfter,
      },
    }),
    ...(passive && { passive: { outAfter: passive.outAfter, outForNs: passive.outFor } }),
  };
}
