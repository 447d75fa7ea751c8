import { expect, it } from 'vitest';

import { HarnessError } from '../../src/core/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';

const TEXT = `name: wrong twice
targets: { shop: { url: "http://127.0.0.1:1" } }
flows: { look: [{ step: look, target: shop, http: { path: / } }] }
load:
  - { phase: steady, flow: look, arrivals: { rate: -5/s }, for: 1s }
thresholds: ["look.response p(101) < 1s"]
`;

it('an invalid scenario has its problems as data, in file order, each with path and position', () => {
  const error = failureOf(TEXT);
  expect(error.problems.map(({ path, position }) => ({ path, position }))).toEqual([
    { path: ['load', 0, 'arrivals', 'rate'], position: { line: 5, column: 52 } },
    { path: ['thresholds', 0], position: { line: 6, column: expect.any(Number) } },
  ]);
  for (const { message, hint } of error.problems) {
    expect(message).not.toContain('wrong.yaml');
    expect(error.message).toContain(`${message} (`);
    expect(error.hint).toContain(hint);
  }
});

it('any other error has none', () => {
  expect(new HarnessError('USAGE_INVALID', 'no', { hint: 'yes' }).problems).toEqual([]);
});

function failureOf(text: string): HarnessError {
  try {
    parseScenario(text, 'wrong.yaml');
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error('it is invalid');
}
