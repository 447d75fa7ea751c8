import { expect, test } from 'vitest';
import { arrivalsPerPhase, scheduleOf } from '../../src/schedule/index.ts';
import { drain, phase, piece } from './phases.ts';

test('the arrivals of each phase are counted as they come', () => {
  const load = [
    phase('even', 'constant', [piece(7, 7, 2)]),
    phase('random', 'poisson', [piece(50, 50, 4)]),
    phase('pause', 'constant', [piece(0, 0, 1)]),
  ];
  const schedule = scheduleOf({ seed: 3, load });
  const random = drain(schedule.cursor()).filter(({ phaseIndex }) => phaseIndex === 1).length;
  expect(arrivalsPerPhase(schedule)).toEqual({ even: 14, random, pause: 0 });
});

test('a schedule too long to walk is not walked', () => {
  const load = [phase('huge', 'constant', [piece(100_000, 100_000, 3_600)])];
  expect(arrivalsPerPhase(scheduleOf({ seed: 1, load }))).toEqual({});
});
