import type { Span } from '../../src/core/index.ts';
import { notesText, type Notes } from '../../src/ingest/export-notes.ts';
import { decodeJson as notesOfJson } from '../../src/ingest/otlp-json.ts';
import { decodeProtobuf as blockOfProtobuf } from '../../src/ingest/protobuf-columns.ts';
import type { StartCheck } from '../../src/ingest/trace-export.ts';
import { spansOf } from '../../src/native/index.ts';

export interface DecodedSpans extends Notes {
  readonly spans: readonly Span[];
  /** What the client is told. */
  readonly message: string;
}

export interface DecodeOptions {
  readonly maxItems: number;
  readonly rejectionOf?: StartCheck | undefined;
}

/** Returns the spans that a body in protobuf holds, read back from their columns. */
export function decodeProtobuf(
  body: Buffer,
  { maxItems, rejectionOf = () => undefined }: DecodeOptions,
): DecodedSpans {
  const { block, notes } = blockOfProtobuf(body, { maxItems, rejectionOf });
  return { spans: [...spansOf(block)], ...seen(notes) };
}

export function decodeJson(body: Buffer, options: DecodeOptions): DecodedSpans {
  const notes = notesOfJson(body, options);
  return { spans: notes.spans, ...seen(notes) };
}

function seen(notes: Notes): Notes & { readonly message: string } {
  const { rejectedSpans, rejection, remarks, firstRemark } = notes;
  return { rejectedSpans, rejection, remarks, firstRemark, message: notesText(notes) };
}
