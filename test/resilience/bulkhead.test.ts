import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Bulkhead } from '../../src/resilience/index.ts';

it('never has more calls in it or before it than it may, and no place is free while one waits', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.nat({ max: 5 }),
      fc.array(fc.constantFrom('enter', 'enter', 'leave', 'give up'), { maxLength: 200 }),
      (calls, waiting, events) => {
        const bulkhead = new Bulkhead({ calls, waiting });
        let [inside, queued] = [0, 0];
        for (const event of events) {
          if (event === 'enter') {
            const wanted = inside < calls ? 'in' : queued < waiting ? 'wait' : 'refused';
            expect(bulkhead.enter()).toBe(wanted);
            if (wanted === 'in') inside++;
            if (wanted === 'wait') queued++;
          } else if (event === 'leave' && inside > 0) {
            expect(bulkhead.leave()).toBe(queued > 0);
            if (queued > 0) queued--;
            else inside--;
          } else if (event === 'give up' && queued > 0) {
            bulkhead.giveUp();
            queued--;
          }
          expect([bulkhead.inside, bulkhead.waiting]).toEqual([inside, queued]);
          expect(queued === 0 || inside === calls).toBe(true);
        }
      },
    ),
  );
});
