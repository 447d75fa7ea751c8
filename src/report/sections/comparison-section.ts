import { comparisonDocument, noticesOf } from '../comparison/comparison-document.ts';
import type { RunReport } from '../run-report.ts';
import { note, words, type Section } from '../section.ts';

/**
 * Returns what `compare` says of the run and the baseline that it is held against; none without
 * one.
 */
export function comparisonSections({ comparison }: RunReport): readonly Section[] {
  if (comparison === undefined) return [];
  const { before } = comparison;
  const doubts = noticesOf(comparison).flatMap(({ claim, reasons, tone }) => [
    note([words(claim, tone)]),
    ...reasons.map((reason) => note([words(reason, tone)], { nested: true })),
  ]);
  const { sections } = comparisonDocument(comparison);
  return sections.map(({ title, blocks }, i) => ({
    title: `${title}, against ${before.name}`,
    blocks: i === 0 ? [...doubts, ...blocks] : blocks,
  }));
}
