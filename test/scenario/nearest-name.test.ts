import { expect, test } from 'vitest';
import { nearestName } from '../../src/core/index.ts';

const KEYS = ['name', 'seed', 'targets', 'flows', 'load', 'thresholds'];

test.each([
  ['targts', 'targets'],
  ['tragets', 'targets'],
  ['Targets', 'targets'],
  ['laod', 'load'],
  ['treshold', 'thresholds'],
  ['flow', 'flows'],
  ['services', undefined],
  ['xyz', undefined],
  ['', undefined],
])('%s: %s', (word, nearest) => {
  expect(nearestName(word, KEYS)).toBe(nearest);
});
