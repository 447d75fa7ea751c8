import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueTimes } from '../../src/engine/due-times.ts';

it('gives back any moments in ascending order, equal ones too', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 })), (moments) => {
      const times = new DueTimes(moments.length);
      for (const moment of moments) times.push(moment);
      const seen = moments.map(() => {
        const { earliestNs } = times;
        times.removeEarliest();
        return earliestNs;
      });
      expect(seen).toEqual(moments.toSorted((a, b) => a - b));
      expect(times.earliestNs).toBe(Infinity);
    }),
  );
});

it('stays in order while moments come and go', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat({ max: 50 }))), (events) => {
      const times = new DueTimes(events.length);
      let model: number[] = [];
      for (const event of events) {
        if (event === null) {
          times.removeEarliest();
          model = model.slice(1);
        } else {
          times.push(event);
          model = [...model, event].sort((a, b) => a - b);
        }
        expect(times.earliestNs).toBe(model[0] ?? Infinity);
      }
      times.clear();
      expect(times.earliestNs).toBe(Infinity);
    }),
  );
});
