import type { Decoded, DecodeJob } from './decode-messages.ts';
import { decodeJson } from './otlp-json.ts';
import { decodeProtobuf } from './otlp-protobuf.ts';
import { Refusal } from './refusal.ts';
import { packSpans } from './span-packing.ts';

/** Returns what a body holds, packed, and the memory that goes with it. Never throws. */
export function decodeBody({ id, type, blocks, maxItems }: DecodeJob): {
  readonly decoded: Decoded;
  readonly memory: readonly ArrayBuffer[];
} {
  try {
    const decode = type === 'application/json' ? decodeJson : decodeProtobuf;
    const taken = decode(Buffer.concat(blocks), { maxItems, rejectionOf: 'later' });
    const { rejectedSpans, rejection, remarks, firstRemark } = taken;
    const { packed: spans, memory } = packSpans(taken.spans);
    const packed = { spans, rejectedSpans, rejection, remarks, firstRemark };
    return { decoded: { id, kind: 'taken', taken: packed }, memory };
  } catch (error) {
    return { decoded: notDecoded(id, error), memory: [] };
  }
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
