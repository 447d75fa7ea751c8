import { describe, expect, it } from 'vitest';
import { analyzeErrors } from '../../src/analyze/error-analysis.ts';

const OF = { second: 0, phase: 'steady', step: 'buy' } as const;

describe('why calls failed', () => {
  it('names traces of each reason, and of the rest those of a reason in it', () => {
    const errors = analyzeErrors(
      [
        { ...OF, outcome: 'status', text: 'status 503', count: 2 },
        { ...OF, outcome: 'status', text: 'status 503', count: 5, phase: 'ramp' },
        { ...OF, outcome: 'check', text: 'other', count: 4 },
        { ...OF, outcome: 'check', text: 'check body', count: 3 },
        { ...OF, outcome: 'timeout', text: 'timeout', count: 1 },
      ],
      [
        { step: 'buy', outcome: 'status', text: 'status 503', traceIds: ['a1', 'a2'] },
        { step: 'sell', outcome: 'timeout', text: 'timeout', traceIds: ['s1'] },
        { step: 'buy', outcome: 'check', text: 'check body', traceIds: ['c1'] },
        { step: 'buy', outcome: 'check', text: 'check $.x', traceIds: ['c2'] },
      ],
    );
    expect(errors.map(({ text, count, traceIds }) => [text, count, ...traceIds])).toEqual([
      ['status 503', 7, 'a1', 'a2'],
      ['other', 4, 'c2'],
      ['check body', 3, 'c1'],
      // No call of it is stored.
      ['timeout', 1],
    ]);
  });
});
