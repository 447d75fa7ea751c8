import { readFileSync, writeFileSync } from 'node:fs';
import type { ExportBody } from './export-bodies.ts';

/** Writes bodies for a sender in another process. */
export function writeBodies(path: string, bodies: readonly ExportBody[]): void {
  writeFileSync(path, Buffer.concat(bodies.flatMap(parts)));
}

/** Returns what {@link writeBodies} wrote: the lengths of a body and of its offsets, and both. */
export function readBodies(path: string): ExportBody[] {
  const file = readFileSync(path);
  const bodies: ExportBody[] = [];
  for (let at = 0; at < file.length;) {
    const bodyEnd = at + 8 + file.readUInt32LE(at);
    const end = bodyEnd + 4 * file.readUInt32LE(at + 4);
    const traceIdOffsets = new Uint32Array((end - bodyEnd) / 4);
    traceIdOffsets.forEach((_, i) => (traceIdOffsets[i] = file.readUInt32LE(bodyEnd + 4 * i)));
    bodies.push({ bytes: file.subarray(at + 8, bodyEnd), traceIdOffsets });
    at = end;
  }
  return bodies;
}

function parts({ bytes, traceIdOffsets }: ExportBody): Buffer[] {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(bytes.length, 0);
  head.writeUInt32LE(traceIdOffsets.length, 4);
  const offsets = Buffer.alloc(4 * traceIdOffsets.length);
  traceIdOffsets.forEach((offset, i) => offsets.writeUInt32LE(offset, 4 * i));
  return [head, bytes, offsets];
}
