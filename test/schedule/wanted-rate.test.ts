import { expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { wantedRatePerSec } from '../../src/schedule/index.ts';
import { phase, piece } from './phases.ts';

const load = [
  phase('ramp', 'constant', [piece(0, 100, 10)]),
  phase('steady', 'poisson', [piece(40, 40, 5), piece(0, 0, 5)]),
];

test.each([
  ['before the start', -1, 0],
  ['at the start', 0, 0],
  ['on a ramp', 2.5, 25],
  ['at the edge of two phases, the later', 10, 40],
  ['on a level', 14.9, 40],
  ['in a pause', 16, 0],
  ['after the end', 20, 0],
])('the wanted rate %s', (_, sec, ratePerSec) => {
  expect(wantedRatePerSec(load, sec * NS_PER_SEC)).toBe(ratePerSec);
});
