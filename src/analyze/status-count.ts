import { type CounterSlice, GRPC_STATUSES, statusOfCounter } from '../core/index.ts';

export interface StatusCount {
  /** As its protocol shows it: `302`, `UNAVAILABLE`. */
  readonly status: string;
  readonly calls: number;
}

/** Returns how many answers had which status: numbers ascending, names in the order of gRPC. */
export function countStatuses(counters: readonly CounterSlice[]): readonly StatusCount[] {
  const calls = new Map<string, number>();
  for (const { counter, value } of counters) {
    const status = statusOfCounter(counter);
    if (status !== undefined) calls.set(status, (calls.get(status) ?? 0) + value);
  }
  return [...calls]
    .map(([status, count]) => ({ status, calls: count }))
    .toSorted((a, b) => numberOf(a.status) - numberOf(b.status));
}

function numberOf(status: string): number {
  const named = GRPC_STATUSES.findIndex((name) => name === status);
  return named < 0 ? Number(status) : named;
}
