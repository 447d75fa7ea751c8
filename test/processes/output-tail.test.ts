import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputTail } from '../../src/processes/output-tail.ts';

describe('OutputTail', () => {
  it('returns what was written while it fits', () => {
    const tail = new OutputTail(100);
    expect(tail.text()).toBe('');
    tail.write(Buffer.from('one\ntw'));
    tail.write(Buffer.from('o\n'));
    expect(tail.text()).toBe('one\ntwo');
  });

  it('keeps the last whole lines within its bound, however the bytes were cut', () => {
    const lines = fc.array(fc.stringMatching(/^[a-z]{1,12}$/u), { maxLength: 60 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 9 }), (written, pieceBytes) => {
        const tail = new OutputTail(64);
        const bytes = Buffer.from(written.map((line) => `${line}\n`).join(''));
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          tail.write(bytes.subarray(at, at + pieceBytes));
        }
        const kept = tail.text() === '' ? [] : tail.text().split('\n');
        expect(kept).toEqual(written.slice(written.length - kept.length));
        expect(kept.join('\n').length).toBeLessThanOrEqual(64);
        if (bytes.length <= 64) expect(kept).toHaveLength(written.length);
        else expect(kept.join('\n').length).toBeGreaterThan(64 - 14);
      }),
    );
  });

  it('keeps a line whose beginning is where it was cut', () => {
    const tail = new OutputTail(8);
    tail.write(Buffer.from('one\ntwo\nsix\n'));
    expect(tail.text()).toBe('two\nsix');
  });
});
