import { expect, test } from 'vitest';
import { Answer } from '../../src/flow/index.ts';

test('an answer gives up the room of a long body, and keeps that of a short one', () => {
  const answer = new Answer();
  answer.addBody(new Uint8Array(1_000_000), 0, 1_000_000);
  expect(answer.body).toHaveLength(1_000_000);
  answer.reset();
  expect(answer.body).toHaveLength(0);
  expect(answer.capacity).toBeLessThanOrEqual(65_536);
  answer.addBody(new Uint8Array(50_000), 0, 50_000);
  const { capacity } = answer;
  answer.reset();
  expect(answer.capacity).toBe(capacity);
});
