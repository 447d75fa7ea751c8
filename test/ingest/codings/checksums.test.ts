import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../src/ingest/codings/crc32c.ts';
import { XxHash32 } from '../../../src/ingest/codings/xxhash32.ts';

describe('XxHash32', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('of %j is what the reference has', (text, hash) => {
    expect(new XxHash32().update(Buffer.from(text)).digest()).toBe(hash);
  });

  it('does not depend on the pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
        const hash = new XxHash32();
        for (const piece of pieces) hash.update(Buffer.from(piece));
        const whole = Buffer.concat(pieces);
        expect(hash.digest()).toBe(new XxHash32().update(whole).digest());
      }),
    );
  });
});

describe('crc32c', () => {
  it.each([
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 255), 0x62a8ab43],
  ])('is what RFC 3720 has', (data, sum) => {
    expect(crc32c(data)).toBe(sum);
  });
});
