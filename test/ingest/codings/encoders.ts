import { crc32c } from '../../../src/ingest/codings/crc32c.ts';
import { XxHash32 } from '../../../src/ingest/codings/xxhash32.ts';

/** A step of a block: bytes as they are, then as many again from so far back. */
export interface Step {
  readonly literals: Buffer;
  readonly distance: number;
  readonly copyBytes: number;
}

/** Returns what the steps stand for, byte by byte; `before` is what they may reach back to. */
export function contentOf(steps: readonly Step[], tail: Buffer, before = Buffer.alloc(0)): Buffer {
  const content = [...before];
  for (const { literals, distance, copyBytes } of steps) {
    content.push(...literals);
    for (let i = 0; i < copyBytes; i++) content.push(content[content.length - distance] ?? -1);
  }
  content.push(...tail);
  return Buffer.from(content.slice(before.length));
}

/** Returns the steps as an LZ4 block, which ends in literals alone. */
export function lz4Block(steps: readonly Step[], tail: Buffer): Buffer {
  return Buffer.concat([
    ...steps.flatMap(({ literals, distance, copyBytes }) => {
      const copy = copyBytes - 4;
      return [
        Buffer.from([(Math.min(15, literals.length) << 4) | Math.min(15, copy)]),
        lz4Length(literals.length),
        literals,
        Buffer.from([distance & 255, distance >>> 8]),
        lz4Length(copy),
      ];
    }),
    Buffer.from([Math.min(15, tail.length) << 4]),
    lz4Length(tail.length),
    tail,
  ]);
}

function lz4Length(length: number): Buffer {
  if (length < 15) return Buffer.alloc(0);
  const rest = length - 15;
  return Buffer.concat([Buffer.alloc(Math.floor(rest / 255), 255), Buffer.from([rest % 255])]);
}

export interface Lz4Options {
  /** 4 to 7: blocks of 64 KiB to 4 MiB. */
  readonly blockSize?: number;
  readonly isLinked?: boolean;
  readonly hasBlockChecksums?: boolean;
  readonly hasContentChecksum?: boolean;
  readonly hasContentSize?: boolean;
}

/** Returns a frame of blocks; `content` is what they stand for together. */
export function lz4Frame(
  blocks: readonly { readonly data: Buffer; readonly isCompressed: boolean }[],
  content: Buffer,
  options: Lz4Options = {},
): Buffer {
  const flags =
    64 |
    (options.isLinked ? 0 : 32) |
    (options.hasBlockChecksums ? 16 : 0) |
    (options.hasContentSize ? 8 : 0) |
    (options.hasContentChecksum ? 4 : 0);
  const size = Buffer.alloc(options.hasContentSize ? 8 : 0);
  if (options.hasContentSize) size.writeBigUInt64LE(BigInt(content.length));
  const descriptor = Buffer.concat([Buffer.from([flags, (options.blockSize ?? 7) << 4]), size]);
  return Buffer.concat([
    word(0x184d2204),
    descriptor,
    Buffer.from([(xxHash32(descriptor) >>> 8) & 255]),
    ...blocks.flatMap(({ data, isCompressed }) => [
      word(data.length + (isCompressed ? 0 : 0x80000000)),
      data,
      ...(options.hasBlockChecksums ? [word(xxHash32(data))] : []),
    ]),
    word(0),
    ...(options.hasContentChecksum ? [word(xxHash32(content))] : []),
  ]);
}

/** Returns the steps as a Snappy block. */
export function snappyBlock(steps: readonly Step[], tail: Buffer, contentBytes: number): Buffer {
  return Buffer.concat([
    varint(contentBytes),
    ...steps.flatMap((step) => [snappyLiterals(step.literals), snappyCopy(step)]),
    snappyLiterals(tail),
  ]);
}

function snappyLiterals(literals: Buffer): Buffer {
  const long = literals.length - 1;
  if (long < 0) return Buffer.alloc(0);
  if (long < 60) return Buffer.concat([Buffer.from([long << 2]), literals]);
  const bytes = long < 2 ** 8 ? 1 : long < 2 ** 16 ? 2 : 3;
  const length = Buffer.alloc(bytes);
  length.writeUIntLE(long, 0, bytes);
  return Buffer.concat([Buffer.from([(59 + bytes) << 2]), length, literals]);
}

/** A copy of more than 64 bytes is several. */
function snappyCopy({ distance, copyBytes }: Step): Buffer {
  const parts: Buffer[] = [];
  for (let left = copyBytes; left > 0; left -= 64) {
    const bytes = Math.min(64, left);
    if (bytes >= 4 && bytes <= 11 && distance < 2 ** 11) {
      parts.push(Buffer.from([1 | ((bytes - 4) << 2) | ((distance >>> 8) << 5), distance & 255]));
    } else if (distance < 2 ** 16) {
      parts.push(Buffer.from([2 | ((bytes - 1) << 2), distance & 255, distance >>> 8]));
    } else {
      parts.push(Buffer.from([3 | ((bytes - 1) << 2)]), word(distance));
    }
  }
  return Buffer.concat(parts);
}

/** Returns chunks of Snappy's framing format behind its mark. */
export function snappyFramed(
  chunks: readonly { readonly data: Buffer; readonly content: Buffer; readonly kind: 0 | 1 }[],
): Buffer {
  return Buffer.concat([
    Buffer.from('\xff\x06\0\0sNaPpY', 'latin1'),
    ...chunks.flatMap(({ data, content, kind }) => {
      const crc = crc32c(content);
      const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
      return [word(((data.length + 4) * 256 + kind) >>> 0), word(masked), data];
    }),
  ]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function xxHash32(data: Buffer): number {
  return new XxHash32().update(data).digest();
}
