import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CallsUnderWay } from '../../../src/drivers/http2/calls-under-way.ts';

it('has the calls that were added and have not gone, as a Set does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (steps) => {
      const calls = Array.from({ length: 21 }, () => ({ place: -1 }));
      const underWay = new CallsUnderWay<(typeof calls)[number]>();
      const model = new Set<(typeof calls)[number]>();
      for (const step of steps) {
        const call = calls[step];
        if (call === undefined) continue;
        if (model.has(call)) {
          model.delete(call);
          underWay.delete(call);
          underWay.delete(call);
        } else {
          model.add(call);
          underWay.add(call);
        }
        expect(underWay.size).toBe(model.size);
        expect(new Set(underWay)).toEqual(model);
        expect(calls.map((one) => underWay.has(one))).toEqual(calls.map((one) => model.has(one)));
      }
    }),
  );
});
