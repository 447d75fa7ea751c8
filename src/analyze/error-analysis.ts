import type { ErrorSlice } from '../core/index.ts';
import type { ErrorAnalysis } from './run-analysis.ts';

/** Returns why calls failed, all phases together: the most frequent reason first. */
export function analyzeErrors(errors: readonly ErrorSlice[]): readonly ErrorAnalysis[] {
  const keyOf = ({ step, outcome, text }: ErrorSlice): string => [step, outcome, text].join('\n');
  return [...Map.groupBy(errors, keyOf)]
    .flatMap(([key, parts]) => {
      const [first] = parts;
      if (first === undefined) return [];
      const { step, outcome, text } = first;
      const count = parts.reduce((sum, part) => sum + part.count, 0);
      return [{ key, analysis: { step, outcome, text, count } }];
    })
    .toSorted((a, b) => b.analysis.count - a.analysis.count || (a.key < b.key ? -1 : 1))
    .map(({ analysis }) => analysis);
}
