import type { RequestPlan } from './request-plan.ts';

/**
 * Returns what several toxics do to one request together, in the order in which they were put on:
 * delays add up, the first abort wins, headers are edited in turn, the last body stands, and of
 * several limits the strictest holds. Nothing in, nothing done.
 */
export function mergePlans(plans: readonly RequestPlan[]): RequestPlan {
  return plans.reduce(merge, {});
}

function merge(a: RequestPlan, b: RequestPlan): RequestPlan {
  const merged = {
    delayNs: joined(a.delayNs, b.delayNs, (x, y) => x + y),
    abort: a.abort ?? b.abort,
    requestHeaders: joined(a.requestHeaders, b.requestHeaders, (x, y) => [...x, ...y]),
    responseHeaders: joined(a.responseHeaders, b.responseHeaders, (x, y) => [...x, ...y]),
    replaceBody: b.replaceBody ?? a.replaceBody,
    truncateAfterBytes: joined(a.truncateAfterBytes, b.truncateAfterBytes, Math.min),
    bodyRates: joined(a.bodyRates, b.bodyRates, (x, y) => [...x, ...y]),
    dropTrailers: joined(a.dropTrailers, b.dropTrailers, (x, y) => x || y),
    cutAfterMessages: joined(a.cutAfterMessages, b.cutAfterMessages, Math.min),
  };
  const said = Object.entries(merged).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as RequestPlan;
}

function joined<T>(a: T | undefined, b: T | undefined, join: (a: T, b: T) => T): T | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : join(a, b);
}
