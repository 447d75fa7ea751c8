import { counted } from '../../core/index.ts';
import { limitsText, shareTable, timeTable } from '../comparison/comparison-document.ts';
import type { RunReport } from '../run-report.ts';
import { keyValues, note, words, type Section } from '../section.ts';

const SIDES = ['A', 'B'] as const;

/** Returns what two versions of a target differ in: times, then errors and dropped arrivals. */
export function abSection({ ab }: RunReport): Section {
  if (ab === undefined) return { title: 'B against A', blocks: [] };
  const { target, versions, judgement } = ab;
  const { percentiles, shares, limits, seconds } = judgement;
  const isSame = versions.a === versions.b;
  return {
    title: 'B against A',
    blocks: [
      keyValues([
        { key: `${target} A`, value: words(versions.a) },
        { key: `${target} B`, value: words(isSame ? `${versions.b}, the same as A` : versions.b) },
      ]),
      { ...timeTable(percentiles, SIDES), apart: true },
      { ...shareTable(shares, SIDES), apart: true },
      note([words(`${limitsText(limits)}; ${counted(seconds, 'second')} judged`, 'faint')], {
        apart: true,
      }),
      ...(percentiles.length === 0
        ? []
        : [note([words('changes are within seconds, A and B over all of them', 'faint')])]),
      note([words('intervals hold whenever one looks; they are of this run', 'faint')]),
    ],
  };
}
