import type { Ns } from '../core/index.ts';
import type { SpanBlock } from '../native/index.ts';
import type { Notes } from './export-notes.ts';
import type { OtlpType } from './otlp-answer.ts';
import type { RefusalReason } from './refusal.ts';

/** A body for the thread that decodes. */
export interface DecodeJob {
  readonly id: number;
  readonly type: OtlpType;
  /** The body in blocks. Their memory changes hands. */
  readonly blocks: readonly Uint8Array<ArrayBuffer>[];
  readonly maxItems: number;
}

/** What one export request holds: the spans to store, as rows of their table. */
export interface TakenExport {
  readonly block: SpanBlock;
  /** Of each row, as `identitiesOf` makes them. */
  readonly identities: Uint32Array<ArrayBuffer>;
  readonly notes: Notes;
}

/** What became of a job. */
export type Decoded =
  | { readonly id: number; readonly kind: 'taken'; readonly taken: TakenExport }
  | {
      readonly id: number;
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly message: string;
    }
  /** A bug of callgauge. */
  | { readonly id: number; readonly kind: 'failed'; readonly stack: string };

/** What the thread that decodes says, of one job after another. */
export interface DecodeAnswer {
  readonly decoded: Decoded;
  /** Processor time that the thread has used so far. */
  readonly cpuNs: Ns;
}
