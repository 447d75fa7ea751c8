const GATHERED_BYTES = 2 ** 16;

/** Yields the same bytes in pieces of a fair size: many small ones cost more than they hold. */
export async function* gathered(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let open = Buffer.alloc(0);
  let bytes = 0;
  for await (const piece of pieces) {
    if (bytes + piece.length > open.length) {
      if (bytes > 0) yield open.subarray(0, bytes);
      bytes = 0;
      if (piece.length >= GATHERED_BYTES / 2) {
        yield piece;
        open = Buffer.alloc(0);
        continue;
      }
      open = Buffer.allocUnsafeSlow(GATHERED_BYTES);
    }
    bytes += piece.copy(open, bytes);
  }
  if (bytes > 0) yield open.subarray(0, bytes);
}
