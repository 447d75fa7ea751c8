import type { OtlpType } from './otlp-answer.ts';
import type { RefusalReason } from './refusal.ts';
import type { PackedSpans } from './span-packing.ts';

/** A body for the thread that decodes. */
export interface DecodeJob {
  readonly id: number;
  readonly type: OtlpType;
  /** The body in blocks. Their memory changes hands. */
  readonly blocks: readonly Uint8Array<ArrayBuffer>[];
  readonly maxItems: number;
}

/** What became of a job. */
export type Decoded =
  | { readonly id: number; readonly kind: 'taken'; readonly taken: PackedExport }
  | {
      readonly id: number;
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly message: string;
    }
  /** A bug of callgauge. */
  | { readonly id: number; readonly kind: 'failed'; readonly stack: string };

/** A TraceExport of which nothing was asked of the store yet. */
export interface PackedExport {
  readonly spans: PackedSpans;
  readonly rejectedSpans: number;
  readonly rejection: string;
  readonly remarks: number;
  readonly firstRemark: string;
}
