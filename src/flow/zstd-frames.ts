const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const RLE_BLOCK = 1;
const CHECKSUM_BYTES = 4;
/** By the two bits of the frame header's descriptor. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/**
 * Returns the frames of a zstd stream, one after another; what is no frame is the last of them, for
 * the decoder to refuse. Node's decoder stops behind the first one without a word.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
export function zstdFrames(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  let from = 0;
  while (from < bytes.length) {
    const to = frameEnd(bytes, from);
    // Of a frame that may be skipped nothing is in the content.
    if (!isSkippable(bytes, from)) frames.push(bytes.subarray(from, to));
    from = to;
  }
  return frames;
}

function isSkippable(bytes: Buffer, at: number): boolean {
  return at + 8 <= bytes.length && (bytes.readUInt32LE(at) & 0xfffffff0) === SKIPPABLE_MAGIC;
}

/** Returns where a frame ends: with the bytes, where it does not end within them. */
function frameEnd(bytes: Buffer, from: number): number {
  if (isSkippable(bytes, from))
    return Math.min(bytes.length, from + 8 + bytes.readUInt32LE(from + 4));
  if (from + 5 > bytes.length || bytes.readUInt32LE(from) !== MAGIC) return bytes.length;
  const descriptor = bytes[from + 4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  let at = from + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
  for (;;) {
    if (at + 3 > bytes.length) return bytes.length;
    const header = bytes.readUIntLE(at, 3);
    const isRle = ((header >>> 1) & 3) === RLE_BLOCK;
    at += 3 + (isRle ? 1 : header >>> 3);
    if ((header & 1) === 1) break;
  }
  if ((descriptor & 4) !== 0) at += CHECKSUM_BYTES;
  return Math.min(at, bytes.length);
}
