import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MinHeap } from '../../src/engine/min-heap.ts';

it('gives back any numbers in ascending order, equal ones too', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 })), (numbers) => {
      const heap = new MinHeap(numbers.length);
      for (const value of numbers) heap.push(value);
      const seen = numbers.map(() => {
        const { min } = heap;
        heap.removeMin();
        return min;
      });
      expect(seen).toEqual(numbers.toSorted((a, b) => a - b));
      expect(heap.min).toBe(Infinity);
    }),
  );
});

it('stays in order while numbers come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 50 }))), (events) => {
      const heap = new MinHeap(events.length);
      let model: number[] = [];
      for (const event of events) {
        if (event === null) {
          heap.removeMin();
          model = model.slice(1);
        } else {
          heap.push(event);
          model = [...model, event].sort((a, b) => a - b);
        }
        expect(heap.min).toBe(model[0] ?? Infinity);
      }
      heap.clear();
      expect(heap.min).toBe(Infinity);
    }),
  );
});
