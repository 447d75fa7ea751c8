import { identitiesOf, spanBlock } from '../native/index.ts';
import type { Decoded, DecodeJob, TakenExport } from './decode-messages.ts';
import { decodeJson } from './otlp-json.ts';
import { decodeProtobuf } from './protobuf-columns.ts';
import { Refusal } from './refusal.ts';
import type { StartCheck } from './trace-export.ts';

/** Returns what a body holds, and the memory that goes with it. Never throws. */
export function decodeBody(
  job: DecodeJob,
  rejectionOf: StartCheck,
): { readonly decoded: Decoded; readonly memory: readonly ArrayBuffer[] } {
  const { id } = job;
  try {
    const { block, identities, notes } = decoded(job, rejectionOf);
    const { rejectedSpans, rejection, remarks, firstRemark } = notes;
    const taken: TakenExport = {
      block,
      identities,
      notes: { rejectedSpans, rejection, remarks, firstRemark },
    };
    return {
      decoded: { id, kind: 'taken', taken },
      memory: [block.bytes.buffer, identities.buffer],
    };
  } catch (error) {
    return { decoded: notDecoded(id, error), memory: [] };
  }
}

function decoded({ type, blocks, maxItems }: DecodeJob, rejectionOf: StartCheck): TakenExport {
  const body = blocks.length === 1 && blocks[0] ? asBuffer(blocks[0]) : Buffer.concat(blocks);
  if (type !== 'application/json') return decodeProtobuf(body, { maxItems, rejectionOf });
  const notes = decodeJson(body, { maxItems, rejectionOf });
  const block = spanBlock(notes.spans);
  return { block, identities: identitiesOf(block), notes };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function notDecoded(id: number, error: unknown): Decoded {
  if (error instanceof Refusal) {
    return { id, kind: 'refused', reason: error.reason, message: error.message };
  }
  return {
    id,
    kind: 'failed',
    stack: error instanceof Error ? String(error.stack) : String(error),
  };
}
