import { type Clock, invariant, msFromNs, rngFrom } from '../../core/index.ts';
import {
  type ActiveToxic,
  callerPlan,
  kindOf,
  mergePlans,
  type RequestFacts,
  type RequestMatch,
  requestMatcher,
  type RequestPlan,
} from '../../toxics/index.ts';
import { isRunId, RunIds } from '../../trace/index.ts';
import type { ProxyCounters } from '../proxy-stats.ts';
import type { Endpoint } from '../endpoint.ts';
import type { TouchLog } from '../touch-log.ts';
import { RequestKeys } from './request-key.ts';

/** The name under which faults that callers asked for are counted. */
export const CALLER_FAULT = 'x-envoy-fault';

/**
 * Returns what the faults do to a request, counting it for each; undefined where nothing is done.
 * The facts are only gathered where something is on.
 */
export type ChooseFaults = (facts: () => RequestFacts) => RequestPlan | undefined;

/** Returns the choice for the requests of a connection; what it remembers is the proxy's. */
export function requestChooser(context: HttpForwarderContext): ChooseFaults {
  const memory = memoryOf(context);
  return (facts) => {
    const toxics = context.toxics();
    if (toxics.length === 0 && !context.callerFaults) return undefined;
    const request = facts();
    const plans = toxics.flatMap((active) => planOf(active, request, context, memory));
    if (context.callerFaults) plans.push(...callersPlan(request, context, memory));
    return plans.length === 0 ? undefined : mergePlans(plans);
  };
}

/** What a proxy remembers of its requests, over all its connections. */
interface Memory {
  readonly ids: RunIds | undefined;
  readonly callers: RequestKeys;
  /** By what they are of, so that they go with it. */
  readonly toxics: WeakMap<ActiveToxic, ToxicMemory>;
}

interface ToxicMemory {
  readonly match: RequestMatch | undefined;
  readonly matches: (request: RequestFacts) => boolean;
  readonly keys: RequestKeys;
}

const memories = new WeakMap<ProxyCounters, Memory>();

function memoryOf({ counters, runId }: HttpForwarderContext): Memory {
  const known = memories.get(counters);
  if (known) return known;
  const ids = runId !== undefined && isRunId(runId) ? new RunIds(runId) : undefined;
  const memory: Memory = { ids, callers: new RequestKeys(ids), toxics: new WeakMap() };
  memories.set(counters, memory);
  return memory;
}

function toxicMemoryOf(active: ActiveToxic, { ids, toxics }: Memory): ToxicMemory {
  const { match } = active.toxic;
  const known = toxics.get(active);
  if (known && known.match === match) return known;
  const made = { match, matches: requestMatcher(match), keys: known?.keys ?? new RequestKeys(ids) };
  toxics.set(active, made);
  return made;
}

function planOf(
  active: ActiveToxic,
  request: RequestFacts,
  context: HttpForwarderContext,
  memory: Memory,
): RequestPlan[] {
  const { seed, proxy, counters } = context;
  const { matches, keys } = toxicMemoryOf(active, memory);
  if (!matches(request)) return [];
  const key = keys.next(request.traceId);
  if (!active.worksOnRequest(key)) return [];
  const { toxic } = active;
  tellTouched(toxic.name, request, context);
  const kind = kindOf(toxic.type);
  invariant(kind.works === 'request', `${toxic.type} works on requests`);
  counters.touched(toxic.name);
  const rng = rngFrom(seed, `${proxy}/${toxic.name}/request/${key}`);
  const draw = { rng, strength: active.strength(), stream: toxic.stream, origin: active };
  return [kind.plan(toxic.settings, draw)];
}

/** Of a request without trace context the client's port says nothing where it shares it. */
function tellTouched(toxic: string, request: RequestFacts, context: HttpForwarderContext): void {
  const { touches, proxy, clock } = context;
  const nowEpochMs = clock.originEpochMs + msFromNs(clock.nowNs());
  touches?.request({ proxy, toxic, clientPort: 0 }, request, nowEpochMs, nowEpochMs);
}

function callersPlan(
  request: RequestFacts,
  { seed, proxy, counters }: HttpForwarderContext,
  memory: Memory,
): RequestPlan[] {
  const key = memory.callers.next(request.traceId);
  const plan = callerPlan(request, (purpose) =>
    rngFrom(seed, `${proxy}/${CALLER_FAULT}/${purpose}/${key}`).nextFloat(),
  );
  if (Object.keys(plan).length === 0) return [];
  counters.touched(CALLER_FAULT);
  return [plan];
}

/** The proxy and the connection that a forwarder belongs to. */
export interface HttpForwarderContext {
  readonly upstream: Endpoint;
  /** Counted from 0 per proxy. */
  readonly connection: number;
  readonly clock: Clock;
  readonly seed: number;
  readonly proxy: string;
  /** Whose requests are known by their trace ids, so that each run's same calls meet the same. */
  readonly runId?: string | undefined;
  /** Whether a request's own headers may ask for a fault. */
  readonly callerFaults: boolean;
  /** Returns the toxics on requests that are on the proxy now, in the order they were put on. */
  readonly toxics: () => readonly ActiveToxic[];
  /** Where touches are told; absent for nowhere. */
  readonly touches?: TouchLog;
  /** The proxy's own: one object for all its connections. */
  readonly counters: ProxyCounters;
}
