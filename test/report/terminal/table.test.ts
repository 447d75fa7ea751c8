import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { duration, note, words, type Column, type Row } from '../../../src/report/section.ts';
import { factLines } from '../../../src/report/terminal/fact-line.ts';
import { renderTable } from '../../../src/report/terminal/table.ts';
import { expectGolden } from '../../golden/golden.ts';

const paint = (_tone: string, text: string): string => text;

const THRESHOLDS: readonly Column[] = [
  { align: 'left' },
  { align: 'left', name: true },
  { align: 'right' },
  { align: 'left', message: true },
];
const JUDGED: readonly Row[] = [
  [words('✓'), words('order.errors rate < 1%'), words('0.2%'), words('of 12,000')],
  [
    words('?'),
    words('order.response p(99.9) < 300ms'),
    duration(50_900_000, { atLeast: true }),
    words(
      'calls were slow together for as long as the run lasted: how far the value may lie off cannot be told',
    ),
  ],
  [
    words('✗'),
    words(
      'orders → recommendations.shop.svc.cluster.local "GET /api/recommendations" p(99) < 80ms',
    ),
    duration(91_000_000),
    words('88.2–94.1 ms, n 4,120'),
  ],
];
const CALLS: readonly Column[] = [
  { head: 'trace', align: 'left', name: true },
  { head: 'response', align: 'right' },
  { head: 'service', align: 'right' },
  { head: 'step', align: 'left', dropOrder: 1 },
  { head: 'phase', align: 'left', dropOrder: 2 },
  { head: 'why', align: 'left', message: true },
];
const SLOW: readonly Row[] = [
  [
    words('6920b6a75d1f3c09000000a1b2c3d4e5'),
    duration(413_000_000),
    duration(412_000_000),
    words('create-order-of-a-returning-customer'),
    words('steady'),
    words('connect ECONNREFUSED 10.96.114.201:8080 after 3 attempts, 250 ms apart'),
  ],
];

function tableAt(width: number, indent = 2): string {
  const options = { width, indent, paint };
  return [
    ...renderTable({ columns: THRESHOLDS, rows: JUDGED }, options),
    '',
    ...renderTable({ columns: CALLS, rows: SLOW }, options),
    '',
    ...factLines(
      note([
        words('payment-stall'),
        words('15.0–20.0 s'),
        words('latency on payment, latency 250 ms, jitter 50.0 ms, on one of three connections'),
      ]).facts,
      { width, indent, paint },
    ),
    '',
  ].join('\n');
}

describe('tables and notes', () => {
  it.each([80, 120])('of %i columns are as the golden file has them', (width) => {
    const text = tableAt(width);
    expectGolden(`tables-${width}`, text);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
  });

  it('lose no letter of a name or a message, however narrow', () => {
    const word = fc.stringMatching(/^[a-z]{1,30}$/u);
    const sentence = fc.array(word, { minLength: 1, maxLength: 12 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(fc.array(fc.tuple(word, sentence, sentence)), fc.nat(90), (rows, more) => {
        const columns: readonly Column[] = [
          { align: 'left', dropOrder: 1, head: 'mark' },
          { align: 'left', name: true },
          { align: 'left', message: true },
        ];
        const shown = renderTable(
          { columns, rows: rows.map((row) => row.map((text) => words(text))) },
          { width: 40 + more, indent: 2, paint },
        ).join('');
        const bare = (text: string): string => text.replaceAll(/\s/gu, '');
        const isLeftOut = shown.includes('left out at');
        const wanted = rows.map((row) => bare(row.slice(isLeftOut ? 1 : 0).join('')));
        for (const text of wanted) expect(bare(shown)).toContain(text);
      }),
    );
  });

  it('keep a number and its unit on one line', () => {
    const facts = note([words('it was let go of by the end of the window, that is 250 ms later')]);
    for (let width = 40; width < 80; width++) {
      expect(factLines(facts.facts, { width, indent: 0, paint }).join('\n')).not.toMatch(/250\n/u);
    }
  });
});
