import { peerOf, repeatedAttempts, type SpanForest } from '../spans/index.ts';
import type { StepCall } from './step-calls.ts';
import type { Retries } from './why.ts';

/** Further attempts per call that bad calls have more than others, for it to be told. */
const MORE_MIN = 0.1;

/**
 * Returns the calls that are repeated most more often in bad calls than in others, of callgauge or
 * of services; none where bad calls repeat nothing more. The calls are the traces of the forest's
 * table.
 */
export function mostRetried(
  forest: SpanForest,
  calls: readonly StepCall[],
  weights: Float64Array,
): readonly Retries[] {
  const { names, services, operations, traceStarts } = forest.table;
  const edges = new Map<string, { caller: string; peer: string; bad: number; good: number }>();
  const all = { bad: 0, good: 0 };
  calls.forEach(({ isBad, roots }, call) => {
    const [side, weight] = [isBad ? 'bad' : 'good', weights[call] ?? 1] as const;
    all[side] += weight;
    const add = (span: number, called: string, again: number): void => {
      // What reached nobody and names nobody goes by what it is.
      const peer = called === '' ? (names[operations[span] ?? 0] ?? '') : called;
      const caller = names[services[span] ?? 0] ?? '';
      const text = JSON.stringify([caller, peer]);
      const edge = edges.get(text) ?? { caller, peer, bad: 0, good: 0 };
      edges.set(text, edge);
      edge[side] += weight * again;
    };
    const first = traceStarts[call] ?? 0;
    if (roots.length > 1) add(first, peerOf(forest, first).name, roots.length - 1);
    for (const { attempts, peer } of repeatedAttempts(forest, call)) {
      add(attempts[0] ?? 0, peer, attempts.length - 1);
    }
  });
  return [...edges.values()]
    .map(({ caller, peer, bad, good }) => ({
      ...{ caller, peer, badPerCall: all.bad > 0 ? bad / all.bad : 0 },
      goodPerCall: all.good > 0 ? good / all.good : 0,
    }))
    .filter(({ badPerCall, goodPerCall }) => badPerCall - goodPerCall >= MORE_MIN)
    .toSorted((a, b) => b.badPerCall - b.goodPerCall - (a.badPerCall - a.goodPerCall))
    .slice(0, 1);
}
