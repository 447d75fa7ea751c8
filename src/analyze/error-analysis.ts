import { type ErrorSlice, OTHER_ERRORS } from '../core/index.ts';
import type { FailureExample } from '../spans/index.ts';
import type { ErrorAnalysis } from './run-analysis.ts';

/**
 * Returns why calls failed, all phases together: the most frequent reason first, with the traces
 * that show it.
 */
export function analyzeErrors(
  errors: readonly ErrorSlice[],
  examples: readonly FailureExample[],
): readonly ErrorAnalysis[] {
  const byReason = new Map(examples.map((example) => [keyOf(example), example.traceIds]));
  const counted = Map.groupBy(errors, keyOf);
  const uncounted = examples.filter((example) => !counted.has(keyOf(example)));
  return [...counted]
    .flatMap(([key, parts]) => {
      const [first] = parts;
      if (first === undefined) return [];
      const { step, outcome, text } = first;
      const count = parts.reduce((sum, part) => sum + part.count, 0);
      const traceIds = byReason.get(key) ?? uncounted.find((e) => isIn(first, e))?.traceIds;
      return [{ key, analysis: { step, outcome, text, count, traceIds: traceIds ?? [] } }];
    })
    .toSorted((a, b) => b.analysis.count - a.analysis.count || (a.key < b.key ? -1 : 1))
    .map(({ analysis }) => analysis);
}

/** Past their bounds, reasons are counted by their status alone, or with the rest. */
function isIn({ step, outcome, text }: ErrorSlice, example: FailureExample): boolean {
  if (example.step !== step || example.outcome !== outcome) return false;
  return text === OTHER_ERRORS || example.text.startsWith(`${text}: `);
}

function keyOf({ step, outcome, text }: Pick<FailureExample, 'step' | 'outcome' | 'text'>): string {
  return [step, outcome, text].join('\n');
}
