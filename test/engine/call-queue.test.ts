import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CallQueue } from '../../src/engine/call-queue.ts';
import type { LiveCall } from '../../src/engine/index.ts';

it('gives calls back in the order in which they came, however it grew', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -150, max: 200 }), { maxLength: 20 }), (moves) => {
      const queue = new CallQueue();
      const model: LiveCall[] = [];
      let seq = 0;
      for (const move of moves) {
        for (let i = 0; i < move; i++) {
          const call = { seq: seq++ } as LiveCall;
          queue.push(call);
          model.push(call);
        }
        for (let i = 0; i > move; i--) expect(queue.shift()).toBe(model.shift());
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});
