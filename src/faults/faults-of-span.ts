import {
  epochMsFromNs,
  type FaultWindow,
  type Ms,
  msFromNs,
  type Ns,
  type Span,
} from '../core/index.ts';
import { kindOf } from '../toxics/index.ts';
import type { FaultSpec, ToxicFaultSpec } from './fault.ts';
import { faultsDuring, faultsInPath, type FaultPort } from './stamp-faults.ts';
import { type Time, type TouchTable, UNHEARD_MS } from './touch-table.ts';

/** The faults of a run, as far as they are known. */
export interface FaultsSoFar {
  /** Wall time from which the windows count. */
  readonly originEpochMs: Ms;
  /** The windows so far; one that is open ends at Infinity. */
  readonly windows: readonly FaultWindow[];
  /** Where calls meet faults. */
  readonly ports: readonly FaultPort[];
  readonly specs: readonly FaultSpec[];
  readonly touches: TouchTable;
  /** Returns whether the span id is that of one of the harness's own calls. */
  readonly isCallId: (spanId: string) => boolean;
}

/** The faults of one call, by name, in the order of their windows. */
export interface SpanFaults {
  /** Those that touched it. */
  readonly touchedBy: readonly string[];
  /** Those that were active at some moment of it, those among them. */
  readonly active: readonly string[];
}

/** One of the harness's own calls. Instants in ns since the run's start. */
export interface OwnCall {
  readonly traceId: string;
  readonly spanId: string;
  /** The port that it went to; 0 where it is not known. */
  readonly targetPort: number;
  /** Our port of its connection; 0 where it had none. */
  readonly localPort: number;
  readonly intendedNs: Ns;
  /** Its end, where it was never sent. */
  readonly sentNs: Ns;
  readonly endNs: Ns;
  readonly hasFailed: boolean;
}

/**
 * Returns the faults of one of the harness's own calls. It was touched by a toxic that touched
 *
 *   a request of its trace that began while it was on the wire, its own or one of a service;
 *   its connection meanwhile, where the proxy cannot read the requests on that; or, where the
 *   call failed for want of one, any connection of the proxy to which it was to go;
 *   every connection of a proxy deeper in the system, where it cannot read requests there and
 *   acted on one of them meanwhile: whose it was, nobody can tell.
 *
 * `refuse` touches calls that failed without a connection, or on one that it reset. What is done to
 * a process touches all calls of its window.
 */
export function faultsOfCall(call: OwnCall, faults: FaultsSoFar): SpanFaults {
  const { windows, originEpochMs, ports } = faults;
  const time = {
    fromEpochMs: originEpochMs + msFromNs(call.sentNs),
    toEpochMs: originEpochMs + msFromNs(call.endNs),
  };
  const requests = faults.touches
    .ofTrace(call.traceId)
    .filter(({ spanId, atEpochMs }) =>
      faults.isCallId(spanId) ? spanId === call.spanId : isWithin(atEpochMs, time),
    );
  const waitedFromMs = originEpochMs + msFromNs(call.intendedNs) - UNHEARD_MS;
  const waiting = { ...time, fromEpochMs: waitedFromMs };
  const wasSent = call.sentNs < call.endNs;
  const touches = (fault: FaultSpec): boolean => {
    const isActive = isActiveDuring(fault, windows, call.intendedNs, call.endNs);
    if (fault.toxic === undefined) return isActive;
    const place = { proxy: fault.proxy, toxic: fault.name };
    if (requests.some((r) => r.proxy === place.proxy && r.toxic === place.toxic)) return true;
    const isOwnProxy = leadsThrough(call.targetPort, fault.proxy, ports);
    const { localPort: clientPort } = call;
    if (isOwnProxy && clientPort > 0) {
      return faults.touches.onConnection({ ...place, clientPort }, time);
    }
    // It failed for want of a connection: what acted on those that were opened has touched it.
    if (isOwnProxy && !wasSent && call.hasFailed && faults.touches.onUnknown(place, waiting)) {
      return true;
    }
    if (!isForAll(fault)) return false;
    if (!refuses(fault)) return wasSent && faults.touches.onUnknown(place, time);
    return isActive && (isOwnProxy ? call.hasFailed : wasSent);
  };
  return spanFaults(faults, touches, faultsDuring(windows, call.intendedNs, call.endNs));
}

/**
 * Returns the faults of a service's span. It was touched by a toxic that touched the request that
 * it sent; or, where the proxy it called cannot read requests, by one that touches every connection
 * there and acted on one meanwhile. `refuse` touches calls of its window that failed, and what is
 * done to a process all calls to it in its window.
 */
export function faultsOfSpan(span: Span, faults: FaultsSoFar): SpanFaults {
  const { windows, ports, originEpochMs } = faults;
  const active = faultsInPath(span, windows, ports, originEpochMs);
  const requests = faults.touches.ofTrace(span.traceId).filter((r) => r.spanId === span.spanId);
  if (active.length === 0 && requests.length === 0) return NONE;
  const fromEpochMs = epochMsFromNs(span.startEpochNs);
  const time = { fromEpochMs, toEpochMs: fromEpochMs + msFromNs(Number(span.durationNs)) };
  const touches = (fault: FaultSpec): boolean => {
    const isActive = active.includes(fault.name);
    if (fault.toxic === undefined) return isActive;
    const place = { proxy: fault.proxy, toxic: fault.name };
    if (requests.some((r) => r.proxy === place.proxy && r.toxic === place.toxic)) return true;
    if (!isActive || !isForAll(fault)) return false;
    return refuses(fault) ? span.status === 'Error' : faults.touches.onUnknown(place, time);
  };
  return spanFaults(faults, touches, active);
}

const NONE: SpanFaults = { touchedBy: [], active: [] };

function spanFaults(
  { windows, specs }: FaultsSoFar,
  touches: (fault: FaultSpec) => boolean,
  active: readonly string[],
): SpanFaults {
  const names = new Set(windows.map(({ fault }) => fault));
  const touched = new Set(
    specs.filter((fault) => names.has(fault.name) && touches(fault)).map(({ name }) => name),
  );
  const inOrder = [...names];
  return {
    touchedBy: inOrder.filter((name) => touched.has(name)),
    // A window is noted when its toxic is on, a hair's breadth after that may have begun to act.
    active: inOrder.filter((name) => touched.has(name) || active.includes(name)),
  };
}

function isActiveDuring(
  { name }: FaultSpec,
  windows: readonly FaultWindow[],
  fromNs: Ns,
  toNs: Ns,
): boolean {
  return faultsDuring(windows, fromNs, toNs).includes(name);
}

function isWithin(atEpochMs: Ms, { fromEpochMs, toEpochMs }: Time): boolean {
  return atEpochMs >= fromEpochMs && atEpochMs <= toEpochMs;
}

function leadsThrough(port: number, proxy: string, ports: readonly FaultPort[]): boolean {
  return ports.some((to) => to.port === port && to.placeKind === 'proxy' && to.place === proxy);
}

function refuses({ toxic }: ToxicFaultSpec): boolean {
  return kindOf(toxic.type).works === 'connection';
}

/** Whether it touches every connection, from the first moment of its window on. */
function isForAll({ toxic }: ToxicFaultSpec): boolean {
  const { toxicity, trigger, rampNs, match } = toxic;
  return toxicity >= 1 && trigger === undefined && rampNs === undefined && match === undefined;
}
