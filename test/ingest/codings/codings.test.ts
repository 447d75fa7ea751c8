import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constants, gunzipSync, zstdCompressSync } from 'node:zlib';
import { zstdContent } from '../../../src/core/zstd-content.ts';
import { BodyBudget } from '../../../src/ingest/body-budget.ts';
import { gathered } from '../../../src/ingest/codings/gathered.ts';
import { lz4Frames } from '../../../src/ingest/codings/lz4-frames.ts';
import { snappyFrames, snappyOfEitherFormat } from '../../../src/ingest/codings/snappy.ts';
import type { ByteReader } from '../../../src/core/index.ts';
import { COLLECTOR_BODIES } from './collector-bodies.ts';
import { decoded } from './decoded.ts';
import {
  contentOf,
  lz4Block,
  lz4Frame,
  snappyBlock,
  snappyFramed,
  word,
  type Lz4Options,
  type Step,
} from './encoders.ts';

const REQUEST = gunzipSync(COLLECTOR_BODIES['gzip'] ?? '');
const MAX_BYTES = 2 ** 26;

function snappy(body: ByteReader, budget: BodyBudget): AsyncIterable<Buffer> {
  const tooLarge = (): Error => new Error('too large');
  return snappyOfEitherFormat(body, { maxBytes: MAX_BYTES, budget, tooLarge });
}

const CODINGS = [
  ['lz4', 'lz4', lz4Frames],
  ['snappy', 'snappy', snappy],
  ['snappy', 'x-snappy-framed', snappy],
  ['x-snappy-framed', 'x-snappy-framed', snappyFrames],
] as const;

describe.each(CODINGS)('%s, as the Collector writes %s', (_, name, coding) => {
  const body = COLLECTOR_BODIES[name] ?? Buffer.alloc(0);

  it.each([1, 3, 64, 10_000])('is read in pieces of %i bytes', async (pieceBytes) => {
    expect(await decoded(coding, body, pieceBytes)).toEqual(REQUEST);
  });

  it('is refused wherever it is cut off', async () => {
    for (let bytes = 1; bytes < body.length; bytes++) {
      const cut = body.subarray(0, bytes);
      // The mark alone is a whole, empty body.
      if (name === 'x-snappy-framed' && bytes === 10) continue;
      await expect(decoded(coding, cut), `the first ${bytes} bytes`).rejects.toThrow();
    }
  });

  it('is refused for any byte that is wrong, where it has checksums', async () => {
    // Behind the mark: a chunk whose kind is wrong may be one to pass over.
    const from = name === 'x-snappy-framed' ? 11 : 0;
    for (let at = from; at < body.length; at++) {
      for (const bit of [1, 16, 128]) {
        const wrong = Buffer.from(body);
        wrong[at] = (wrong[at] ?? 0) ^ bit;
        const content = await decoded(coding, wrong).catch(() => undefined);
        if (content === undefined) continue;
        // What is wrong in a block of Snappy, which has none, is found by its shape alone.
        if (name === 'snappy') expect(content).toHaveLength(REQUEST.length);
        else expect(content, `byte ${at}, bit ${bit}`).toEqual(REQUEST);
      }
    }
  });
});

/** Steps of a block, each of which copies from what is there when it is its turn. */
function stepsAfter(beforeBytes: number, copyMin: number): fc.Arbitrary<Step[]> {
  const part = fc.record({
    literals: fc
      .oneof(
        { weight: 8, arbitrary: fc.uint8Array({ maxLength: 20 }) },
        { weight: 1, arbitrary: fc.uint8Array({ minLength: 250, maxLength: 600 }) },
      )
      .map((bytes) => Buffer.from(bytes)),
    back: fc.nat(),
    copyBytes: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: copyMin, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: copyMin, max: 2_000 }) },
    ),
  });
  return fc.array(part, { maxLength: 12 }).map((parts) => {
    let bytes = beforeBytes;
    return parts.flatMap(({ literals, back, copyBytes }) => {
      bytes += literals.length;
      if (bytes === 0) return [];
      const distance = 1 + (back % Math.min(bytes, 65_535));
      bytes += copyBytes;
      return [{ literals, distance, copyBytes }];
    });
  });
}

const tails = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const pieceSizes = fc.integer({ min: 1, max: 500 });

describe('lz4', () => {
  it('decodes what any steps stand for, in frames of every kind', async () => {
    const options = fc.record({
      blockSize: fc.integer({ min: 4, max: 7 }),
      isLinked: fc.boolean(),
      hasBlockChecksums: fc.boolean(),
      hasContentChecksum: fc.boolean(),
      hasContentSize: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        stepsAfter(0, 4),
        tails,
        tails,
        options,
        pieceSizes,
        async (steps, tail, plain, chosen, pieceBytes) => {
          const content = Buffer.concat([contentOf(steps, tail), plain]);
          const blocks = [
            { data: lz4Block(steps, tail), isCompressed: true },
            { data: plain, isCompressed: false },
          ];
          const frame = lz4Frame(blocks, content, chosen);
          expect(await decoded(lz4Frames, frame, pieceBytes)).toEqual(content);
        },
      ),
    );
  });

  it('reaches back into the blocks before, where they are linked', async () => {
    const before = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * i) % 251));
    await fc.assert(
      fc.asyncProperty(stepsAfter(before.length, 4), tails, async (steps, tail) => {
        const content = contentOf(steps, tail, before);
        const blocks = [
          { data: before, isCompressed: false },
          { data: lz4Block(steps, tail), isCompressed: true },
        ];
        const whole = Buffer.concat([before, content]);
        const linked = lz4Frame(blocks, whole, { isLinked: true });
        expect((await decoded(lz4Frames, linked)).equals(whole)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('reads frames one after another, and passes over those that are to be', async () => {
    const one = Buffer.from('one ');
    const frame = lz4Frame([{ data: one, isCompressed: false }], one);
    const passedOver = Buffer.concat([word(0x184d2a53), word(5), Buffer.from('notes')]);
    const body = Buffer.concat([passedOver, frame, passedOver, frame]);
    expect((await decoded(lz4Frames, body, 3)).toString()).toBe('one one ');
  });

  const two = Buffer.from('two');
  const told = (data: Buffer, options: Lz4Options = {}): Buffer =>
    lz4Frame([{ data, isCompressed: true }], two, options);

  it.each<[string, Buffer, RegExp]>([
    ['something else', Buffer.from('{"resourceSpans":[]}'), /number 184d2204, got 6572227b/u],
    ['a frame that needs a dictionary', Buffer.from('04224d186140', 'hex'), /dictionary/u],
    ['a copy from before', told(Buffer.from([0x10, 97, 2, 0, 0])), /from before its start/u],
    ['a copy of nothing', told(Buffer.from([0x10, 97, 0, 0, 0])), /from before its start/u],
    ['a block that ends in a copy', told(Buffer.from([0x10, 97, 1, 0])), /block ends early/u],
    ['more literals than there are', told(Buffer.from([0x50, 97])), /block ends early/u],
    ['a length without end', told(Buffer.alloc(9, 255)), /block ends early/u],
    [
      'more than a block may hold',
      told(Buffer.concat([Buffer.from([0x1f, 97, 1, 0]), Buffer.alloc(300, 255), two]), {
        blockSize: 4,
      }),
      /holds more than it may/u,
    ],
    [
      'another size than it says',
      told(lz4Block([], Buffer.from('tw')), { hasContentSize: true }),
      /holds 2 bytes where it says 3/u,
    ],
    [
      'a block larger than any',
      Buffer.concat([told(two).subarray(0, 7), word(5_000_000)]),
      /has 5000000 bytes where 4194304 are/u,
    ],
  ])('refuses %s', async (_, body, message) => {
    await expect(decoded(lz4Frames, body)).rejects.toThrow(message);
  });
});

describe('snappy', () => {
  it('decodes what any steps stand for, as a block and in chunks', async () => {
    await fc.assert(
      fc.asyncProperty(stepsAfter(0, 1), tails, pieceSizes, async (steps, tail, pieceBytes) => {
        const content = contentOf(steps, tail);
        const block = snappyBlock(steps, tail, content.length);
        expect(await decoded(snappy, block, pieceBytes)).toEqual(content);
        const chunks = snappyFramed([
          { data: block, content, kind: 0 },
          { data: tail, content: tail, kind: 1 },
        ]);
        const both = Buffer.concat([content, tail]);
        expect(await decoded(snappyFrames, chunks, pieceBytes)).toEqual(both);
      }),
    );
  });

  it('copies from further back than 64 KiB', async () => {
    const literals = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
    const steps = [{ literals, distance: 300_000, copyBytes: 200 }];
    const content = Buffer.concat([literals, literals.subarray(0, 200)]);
    const block = snappyBlock(steps, Buffer.alloc(0), content.length);
    expect((await decoded(snappy, block)).equals(content)).toBe(true);
  });

  it('takes a body of no bytes for an empty one, and a block that is empty', async () => {
    expect(await decoded(snappy, Buffer.alloc(0))).toHaveLength(0);
    expect(await decoded(snappyFrames, Buffer.alloc(0))).toHaveLength(0);
    expect(await decoded(snappy, Buffer.from([0]))).toHaveLength(0);
  });

  it('passes over chunks that are to be, and takes the mark again', async () => {
    const one = Buffer.from('one ');
    const frames = snappyFramed([{ data: one, content: one, kind: 1 }]);
    const passedOver = Buffer.from([0x80, 3, 0, 0, 1, 2, 3, 0xfe, 1, 0, 0, 9]);
    const body = Buffer.concat([frames, passedOver, frames]);
    expect((await decoded(snappyFrames, body, 3)).toString()).toBe('one one ');
  });

  const mark = Buffer.from('\xff\x06\0\0sNaPpY', 'latin1');

  it.each<[string, Buffer, RegExp]>([
    [
      'a length that it cannot hold',
      Buffer.from('ffffffff0f00', 'hex'),
      /cannot be the 4294967295/u,
    ],
    ['no length', Buffer.alloc(9, 255), /begins with no length/u],
    ['less than it says', Buffer.from([3, 4, 97, 98]), /less than it says/u],
    ['more than it says', Buffer.from([1, 4, 97, 98]), /more than it may/u],
    ['a copy from before', Buffer.from([9, 0, 97, 2 | (7 << 2), 2, 0]), /from before its start/u],
    ['a chunk of an unknown kind', Buffer.concat([mark, word(0x00000402)]), /unknown kind 2/u],
    ['a chunk larger than any', Buffer.concat([mark, word(0xffffff00)]), /has 16777215 bytes/u],
    ['a chunk too small', Buffer.concat([mark, word(0x00000301)]), /has 3 bytes/u],
  ])('refuses %s', async (_, body, message) => {
    await expect(decoded(snappy, body)).rejects.toThrow(message);
  });
});

describe('zstd', () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => String(i * i)).join(' '));
  const passedOver = Buffer.concat([word(0x184d2a57), word(5), Buffer.from('notes')]);
  const frames = Buffer.concat([
    passedOver,
    zstdCompressSync('one '),
    zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
    passedOver,
    zstdCompressSync(Buffer.alloc(1_000_000)),
  ]);

  it.each([7, 1_000, 65_536, 10_000_000])(
    'is read frame after frame in pieces of %i bytes, where Node stops behind the first',
    async (pieceBytes) => {
      const found = await decoded(zstd, frames, pieceBytes);
      expect(
        found.equals(Buffer.concat([Buffer.from('one '), content, Buffer.alloc(1_000_000)])),
      ).toBe(true);
    },
  );

  it('is refused wherever its last frame is cut off', async () => {
    const two = Buffer.concat([zstdCompressSync('one '), zstdCompressSync('two three three')]);
    const first = zstdCompressSync('one ').length;
    for (let bytes = 1; bytes < two.length; bytes++) {
      if (bytes === first) continue;
      await expect(decoded(zstd, two.subarray(0, bytes)), `${bytes} bytes`).rejects.toThrow();
    }
    await expect(decoded(zstd, Buffer.concat([two, Buffer.from('garbage')]))).rejects.toThrow(
      /must begin with 28b52ffd, got 67617262/u,
    );
  });

  function zstd(body: ByteReader): AsyncIterable<Buffer> {
    return zstdContent(body);
  }
});

describe('a body of parts without end', () => {
  const mark = Buffer.from('\xff\x06\0\0sNaPpY', 'latin1');
  const bodies: readonly [string, typeof lz4Frames, Buffer][] = [
    ['skipped chunks', snappyFrames, Buffer.concat([mark, Buffer.alloc(4_000_000, word(0x80))])],
    ['empty blocks', lz4Frames, Buffer.concat([told([]), Buffer.alloc(4_000_000, word(2 ** 31))])],
    [
      'skipped frames',
      lz4Frames,
      Buffer.alloc(8_000_000, Buffer.concat([word(0x184d2a50), word(0)])),
    ],
  ];

  it.each(bodies)('is given up: %s', async (_, coding, body) => {
    await expect(decoded(coding, body, 65_536)).rejects.toThrow(/too many parts/u);
  });

  function told(blocks: Parameters<typeof lz4Frame>[0]): Buffer {
    return lz4Frame(blocks, Buffer.alloc(0)).subarray(0, 7);
  }
});

describe('gathered', () => {
  it('hands on the same bytes in few pieces', async () => {
    const sizes = [0, 1, 5, 70_000, 0, 3, 40_000, 40_000, 1];
    const pieces = sizes.map((bytes, i) => Buffer.alloc(bytes, i));
    const found: Buffer[] = [];
    for await (const piece of gathered(yielding(pieces))) found.push(piece);
    expect(Buffer.concat(found).equals(Buffer.concat(pieces))).toBe(true);
    const ones = Array.from({ length: 200_000 }, () => Buffer.alloc(1));
    let count = 0;
    for await (const piece of gathered(yielding(ones))) count += piece.length > 0 ? 1 : 0;
    expect(count).toBeLessThan(5);
  });
});

async function* yielding(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}
