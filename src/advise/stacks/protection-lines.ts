import { formatRate } from '../../core/index.ts';
import type { Breaker } from '../protection.ts';
import type { ExportedEdge } from './stack.ts';
import { msText } from './stack-units.ts';

/** What protects a caller, part by part. */
export type ProtectionPart = 'hedge' | 'breaker' | 'bulkhead' | 'rate limit';

/**
 * Returns what is recommended for an edge and a stack has no key for, a line; none where it has
 * keys for all.
 */
export function unsaidLines(
  { protection }: ExportedEdge,
  stack: string,
  parts: readonly ProtectionPart[],
): readonly string[] {
  const { hedge, breaker, bulkhead, rateLimit } = protection ?? {};
  const texts: Readonly<Record<ProtectionPart, string | undefined>> = {
    hedge: hedge && `a hedge after ${msText(hedge.delayNs)}`,
    breaker:
      breaker &&
      `a breaker at ${Math.round(breaker.failureRatio * 100)}% of ${breaker.windowCalls} calls for ${msText(breaker.sleepNs)}`,
    bulkhead: bulkhead && `${bulkhead.concurrent} calls at once`,
    'rate limit': rateLimit && `${formatRate(rateLimit.perSec)} with a burst of ${rateLimit.burst}`,
  };
  const unsaid = parts.flatMap((part) => texts[part] ?? []);
  return unsaid.length === 0 ? [] : [`${stack} cannot say: ${unsaid.join('; ')}`];
}

/** Returns the most calls that all of some edges may have at once together; undefined for none. */
export function concurrentOf(edges: readonly ExportedEdge[]): number | undefined {
  const each = edges.flatMap(({ protection }) => protection?.bulkhead.concurrent ?? []);
  return each.length === 0 ? undefined : each.reduce((sum, calls) => sum + calls, 0);
}

/** Returns, for edges that share a breaker, that which wants the most calls; undefined for none. */
export function sharedBreaker(edges: readonly ExportedEdge[]): Breaker | undefined {
  const all = edges.flatMap(({ protection }) => protection?.breaker ?? []);
  return all.toSorted((a, b) => b.windowCalls - a.windowCalls)[0];
}
