import { SPAN_STATUSES } from '../core/index.ts';
import { weightedQuantiles, type SpanTable } from '../spans/index.ts';
import type { RootChange, RootNumbers } from './incident.ts';

/**
 * Returns the root operations of both windows, those with the most traces first. A root is a span
 * that names no parent; a trace that has none is in no row.
 */
export function compareRoots(baseline: SpanTable, window: SpanTable): readonly RootChange[] {
  const before = rootsOf(baseline);
  const now = rootsOf(window);
  const keys = [...new Set([...now.keys(), ...before.keys()])];
  return keys
    .map((key) => {
      const [service = '', operation = ''] = JSON.parse(key) as string[];
      return {
        service,
        operation,
        baseline: numbersOf(before.get(key)),
        window: numbersOf(now.get(key)),
      };
    })
    .toSorted(
      (a, b) =>
        b.window.count + b.baseline.count - a.window.count - a.baseline.count ||
        compareTexts(a.operation, b.operation),
    );
}

interface Roots {
  readonly durationsNs: number[];
  readonly weights: number[];
  errorCount: number;
}

const ERROR_STATUS = SPAN_STATUSES.indexOf('Error');

function rootsOf(table: SpanTable): Map<string, Roots> {
  const roots = new Map<string, Roots>();
  table.parents.forEach((parent, span) => {
    if (parent !== -1) return;
    const service = table.names[table.services[span] ?? 0] ?? '';
    const operation = table.names[table.operations[span] ?? 0] ?? '';
    const key = JSON.stringify([service, operation]);
    const own = roots.get(key) ?? { durationsNs: [], weights: [], errorCount: 0 };
    roots.set(key, own);
    own.durationsNs.push(table.durationsNs[span] ?? 0);
    const weight = table.weights[span] ?? 1;
    own.weights.push(weight);
    if (table.statuses[span] === ERROR_STATUS) own.errorCount += weight;
  });
  return roots;
}

function numbersOf(roots: Roots | undefined): RootNumbers {
  const { durationsNs = [], weights = [], errorCount = 0 } = roots ?? {};
  const at = weightedQuantiles(durationsNs, weights);
  return {
    count: Math.round(weights.reduce((sum, weight) => sum + weight, 0)),
    errorCount: Math.round(errorCount),
    medianNs: at(0.5),
    p95Ns: at(0.95),
  };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
