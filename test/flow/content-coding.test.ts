import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutCodings } from '../../src/flow/content-coding.ts';

const TEXT = Buffer.from('{"ok":true,"id":"a1"}');
const ENCODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  'x-gzip': (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
  identity: (bytes) => bytes,
};

test('law: what was coded, in whatever order, is read as it was', () => {
  const codings = fc.array(fc.constantFrom(...Object.keys(ENCODERS)), { maxLength: 4 });
  fc.assert(
    fc.property(codings, fc.uint8Array({ minLength: 1, maxLength: 300 }), (names, content) => {
      const bytes = Buffer.from(content);
      let coded: Buffer = bytes;
      for (const name of names) coded = ENCODERS[name]?.(coded) ?? coded;
      expect(withoutCodings(coded, names.join(', '))).toEqual(bytes);
    }),
    { numRuns: 50 },
  );
});

test('law: a raw deflate stream is read as well as one with its zlib header', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(9), (content, level) => {
      const bytes = Buffer.from(content);
      expect(withoutCodings(zlib.deflateRawSync(bytes, { level }), 'deflate')).toEqual(bytes);
      expect(withoutCodings(zlib.deflateSync(bytes, { level }), 'deflate')).toEqual(bytes);
    }),
  );
});

test.each([
  ['gzip', zlib.gzipSync],
  ['zstd', zlib.zstdCompressSync],
])('all members of a %s body count', (name, encode) => {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
  const parts = [encode(TEXT), encode(Buffer.alloc(0)), encode(Buffer.alloc(300_000, 'x'))];
  const body = Buffer.concat(name === 'zstd' ? [skippable, ...parts, skippable] : parts);
  const read = withoutCodings(body, name);
  expect(read.length).toBe(TEXT.length + 300_000);
});

test('zstd frames with a checksum end where they end', () => {
  const params = { [zlib.constants.ZSTD_c_checksumFlag]: 1 };
  const frame = zlib.zstdCompressSync(TEXT, { params });
  expect(withoutCodings(Buffer.concat([frame, frame]), 'zstd')).toEqual(
    Buffer.concat([TEXT, TEXT]),
  );
});

describe('what cannot be decoded says why', () => {
  const BOMB = Buffer.alloc(64 * 1024 * 1024);
  test.each(['gzip', 'deflate', 'br', 'zstd'])('%s that grows without end', (name) => {
    const bomb = ENCODERS[name]?.(BOMB) ?? BOMB;
    expect(withoutCodings(bomb, name)).toBe(
      `the body is longer than 16 MiB without its content-encoding ${name}`,
    );
  });

  test('zstd in many frames', () => {
    const frame = zlib.zstdCompressSync(Buffer.alloc(1024 * 1024));
    expect(withoutCodings(Buffer.concat(Array.from({ length: 17 }, () => frame)), 'zstd')).toBe(
      'the body is longer than 16 MiB without its content-encoding zstd',
    );
  });

  test.each(['gzip', 'deflate', 'br', 'zstd'])('%s that is cut short', (name) => {
    const whole = ENCODERS[name]?.(Buffer.from(`${TEXT.toString()}${Math.E}`.repeat(50))) ?? TEXT;
    expect(withoutCodings(whole.subarray(0, whole.length - 6), name)).toBe(
      `the body ends within its content-encoding ${name}`,
    );
  });

  test.each(['gzip', 'br', 'zstd'])('%s that is plain text', (name) => {
    expect(withoutCodings(Buffer.from('<html>not at all</html>'), name)).toBe(
      `the body is not what its content-encoding ${name} says`,
    );
  });

  test.each([
    ['compress', 'the content-encoding compress is not known'],
    ['gzip, sdch', 'the content-encoding sdch is not known'],
    ['a secret token', 'the content-encoding of the answer is not known'],
    [Array.from({ length: 6 }, () => 'gzip').join(), 'the body has more than 5 content-encodings'],
  ])('%s', (codings, problem) => {
    expect(withoutCodings(zlib.gzipSync(TEXT), codings)).toBe(problem);
  });

  test('an empty body has nothing to decode', () => {
    expect(withoutCodings(Buffer.alloc(0), 'gzip')).toEqual(Buffer.alloc(0));
    expect(withoutCodings(TEXT, undefined)).toBe(TEXT);
    expect(withoutCodings(TEXT, ' , IDENTITY ,')).toBe(TEXT);
  });
});
