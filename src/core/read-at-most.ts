import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;

/**
 * Returns the bytes of a file that an option names: a pipe can be one, an endless device cannot.
 * @throws Error of the system; RangeError for one that holds more than `bytesMax`
 */
export function readAtMost(path: string, bytesMax: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    while (bytes <= bytesMax) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const count = readSync(file, chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      bytes += count;
    }
  } finally {
    closeSync(file);
  }
  throw new RangeError(`it holds more than ${bytesMax / 2 ** 20} MiB`);
}
