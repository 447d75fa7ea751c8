import { expect, it } from 'vitest';

import { judgedPositions } from '../../src/scenario/judged-positions.ts';

const TEXT = `name: checkout
load:
  - phase: warm-up
  - phase: search
    capacity:
      objective:
        - call.response p(99) < 10ms
        - call.errors rate < 1%
thresholds:
  - call.response p(50) < 5ms

  # call.errors rate < 0.1%
  - "call.errors rate < 0.1%"
  - &late dropped count == 0
  - *late
`;

it('names the line and column of every threshold and objective', () => {
  expect(judgedPositions(TEXT)).toEqual({
    objectives: [
      { line: 7, column: 11 },
      { line: 8, column: 11 },
    ],
    thresholds: [
      { line: 10, column: 5 },
      { line: 13, column: 5 },
      { line: 14, column: 11 },
      { line: 15, column: 5 },
    ],
  });
});

it('takes an objective that is a text', () => {
  const text = 'load: [{ capacity: { objective: call.response p(99) < 1s } }]';
  expect(judgedPositions(text).objectives).toEqual([{ line: 1, column: 33 }]);
});

it.each(['', '[', 'thresholds: none', 'load: { a: 1 }', 'just text', '- 1'])(
  'has none of a text that is no scenario: %j',
  (text) => {
    expect(judgedPositions(text)).toEqual({ thresholds: [], objectives: [] });
  },
);
