import { expect, test } from 'vitest';
import { changed, refusalOf } from './texts.ts';

const at = (line: number, column: number): string => `small.yaml:${line}:${column}`;

test.each([
  [
    'neither arrivals nor users',
    changed('    arrivals: { rate: 50/s }\n', ''),
    `load[0] must have exactly one of arrivals, users, replay, saturate and capacity (load[0], ${at(10, 5)})`,
  ],
  [
    'both arrivals and users',
    changed('    for: 10s', '    users: 5\n    for: 10s'),
    `load[0] must have exactly one of arrivals, users, replay, saturate and capacity (load[0], ${at(10, 5)})`,
  ],
  [
    'iterations without users',
    changed('    for: 10s', '    iterations: 5\n    for: 10s'),
    `load[0] must have users where it has iterations or think (load[0], ${at(10, 5)})`,
  ],
  [
    'no users',
    changed('arrivals: { rate: 50/s }', 'users: 0'),
    `users must be a whole number from 1 to 10000, got 0 (load[0].users, ${at(11, 12)})`,
  ],
  [
    'a pause whose bounds are reversed',
    changed('arrivals: { rate: 50/s }', 'users: 5\n    think: { min: 2s, max: 1s }'),
    `think must have a min that is not above its max (load[0].think, ${at(12, 12)})`,
  ],
  [
    'a pause without its unit',
    changed('arrivals: { rate: 50/s }', 'users: 5\n    think: 100'),
    `think must be a duration such as 100ms, or { min: 50ms, max: 150ms }, got 100 (load[0].think, ${at(12, 12)})`,
  ],
  [
    'users without a connection each',
    changed('7101" }', '7101", connections: 8 }').replace('arrivals: { rate: 50/s }', 'users: 9'),
    `connections must be at least the 9 users of load[0].users, got 8 (targets.orders.connections, ${at(3, 56)})`,
  ],
  [
    'users without a slot each',
    `${changed('arrivals: { rate: 50/s }', 'users: 9')}engine: { maxInFlight: 8 }\n`,
    `maxInFlight must be at least the 9 users of load[0].users, got 8 (engine.maxInFlight, ${at(13, 24)})`,
  ],
])('%s', (_, text, line) => {
  expect(refusalOf(text)).toEqual([line]);
});
