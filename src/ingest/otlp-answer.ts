import { createRequire } from 'node:module';
import type * as protobuf from 'protobufjs/minimal.js';
import type { Refusal } from './refusal.ts';
import { notesText, type Notes } from './export-notes.ts';

/** Loaded when an answer first has something to say, which few have. */
const load = createRequire(import.meta.url);

/** The two forms of OTLP over HTTP; an answer has the form of its request. */
export const OTLP_TYPES = ['application/x-protobuf', 'application/json'] as const;
export type OtlpType = (typeof OTLP_TYPES)[number];

/**
 * Returns an `ExportTraceServiceResponse`: empty unless spans were rejected or something about them
 * is remarked. With 0 rejected spans its message is a warning, as OTLP has it.
 */
export function exportAnswer(type: OtlpType, notes: Notes): Buffer {
  const { rejectedSpans } = notes;
  const message = notesText(notes);
  const partial = message !== '';
  if (type === 'application/json') {
    const partialSuccess = { rejectedSpans: String(rejectedSpans), errorMessage: message };
    return Buffer.from(JSON.stringify(partial ? { partialSuccess } : {}));
  }
  if (!partial) return Buffer.alloc(0);
  const writer = newWriter();
  writer.uint32((1 << 3) | 2).fork(); // partial_success
  writer.uint32((1 << 3) | 0).int64(rejectedSpans); // rejected_spans
  writer.uint32((2 << 3) | 2).string(message); // error_message
  writer.ldelim();
  return Buffer.from(writer.finish());
}

/** Returns the `google.rpc.Status` that says why a request was refused. */
export function refusalAnswer(type: OtlpType, refusal: Refusal): Buffer {
  const { rpcCode: code, message } = refusal;
  if (type === 'application/json') return Buffer.from(JSON.stringify({ code, message }));
  const writer = newWriter();
  writer.uint32((1 << 3) | 0).int32(code);
  writer.uint32((2 << 3) | 2).string(message);
  return Buffer.from(writer.finish());
}

function newWriter(): protobuf.Writer {
  return (load('protobufjs/minimal.js') as typeof protobuf).Writer.create();
}
