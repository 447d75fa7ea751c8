/** A block that is being decoded: where it is read, and where its content is written. */
export interface BlockDecoding {
  readonly input: Buffer;
  at: number;
  /** Holds what stands before the content, for copies to reach back to. */
  readonly output: Buffer;
  outAt: number;
}

/** Decodes until so much is written, or a little more. @returns whether the block is at its end */
export type DecodeSome = (block: BlockDecoding, untilOut: number) => boolean;

/** Decoding so much holds the thread for about a millisecond. */
const SLICE_BYTES = 2 ** 18;

/** Yields the content of a block in slices; between them the thread is left to others. */
export async function* decodedSlices(
  block: BlockDecoding,
  decodeSome: DecodeSome,
): AsyncGenerator<Buffer> {
  for (;;) {
    const from = block.outAt;
    const isDone = decodeSome(block, from + SLICE_BYTES);
    yield block.output.subarray(from, block.outAt);
    if (isDone) return;
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** Appends bytes of the input as they are. @throws Error where it has fewer, or they do not fit */
export function writeLiterals(block: BlockDecoding, bytes: number): void {
  const { input, output, at, outAt } = block;
  if (at + bytes > input.length) throw new Error('a block ends early');
  if (outAt + bytes > output.length) throw new Error('a block holds more than it may');
  if (bytes < 24) for (let i = 0; i < bytes; i++) output[outAt + i] = input[at + i] ?? 0;
  else input.copy(output, outAt, at, at + bytes);
  block.at += bytes;
  block.outAt += bytes;
}

/**
 * Appends what was written `distance` bytes before; it may run into itself.
 * @throws Error where nothing was written there, or it does not fit
 */
export function writeCopy(block: BlockDecoding, distance: number, bytes: number): void {
  const { output, outAt } = block;
  if (distance === 0 || distance > outAt) throw new Error('a block copies from before its start');
  if (outAt + bytes > output.length) throw new Error('a block holds more than it may');
  const from = outAt - distance;
  if (bytes >= 24 && distance >= bytes) output.copyWithin(outAt, from, from + bytes);
  else if (bytes >= 24 && distance === 1) output.fill(output[from] ?? 0, outAt, outAt + bytes);
  else for (let i = 0; i < bytes; i++) output[outAt + i] = output[from + i] ?? 0;
  block.outAt += bytes;
}
