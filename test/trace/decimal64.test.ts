import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { writeDecimal64 } from '../../src/trace/decimal64.ts';

it('writes every number of 64 bits as BigInt does, within its 20 bytes', () => {
  const numbers = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.tuple(fc.nat(19), fc.constantFrom(-1n, 0n, 1n)).map(([n, by]) => 10n ** BigInt(n) + by),
    fc.nat(64).map((bits) => 2n ** BigInt(bits) - 1n),
  );
  fc.assert(
    fc.property(numbers, fc.nat(5), (number, before) => {
      const out = Buffer.alloc(before + 20 + 5, '.');
      const [high, low] = [Number(number >> 32n) | 0, Number(number & 0xffffffffn) | 0];
      const begin = writeDecimal64(high, low, out, before + 20);
      expect(out.toString('latin1', begin, before + 20)).toBe(String(number));
      expect(out.toString('latin1', 0, before)).toBe('.'.repeat(before));
      expect(out.toString('latin1', before + 20)).toBe('.....');
    }),
  );
});
