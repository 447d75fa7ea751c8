import type { SpanBlock } from '../native/index.ts';

/** What is remembered of decisions: that a trace is kept, or from when on an operation is slow. */
export interface Remembered {
  /** Words of the hash of the trace, or of the operation. */
  readonly high: number;
  readonly low: number;
  /** Of an operation; 0 of a trace. */
  readonly limitNs: number;
}

/** What earlier commands left undecided. */
export interface UndecidedLeftovers {
  /** What they remembered, in order. */
  readonly remembered: readonly Remembered[];
  /** The segments with their spans, the oldest first; {@link UndecidedLog.blocksOf} reads them. */
  readonly segments: readonly number[];
}

/**
 * Where spans of undecided traces lie, so that they outlive the process: in segments, by number,
 * the oldest first. A segment is released whole, once all traces in it are decided.
 */
export interface UndecidedLog {
  /** Bytes of all segments. */
  readonly bytes: number;
  /** Whether the store is so far behind that nothing can be released now. */
  readonly isBehind: boolean;
  /** Takes over what earlier commands left. */
  takeOver(): UndecidedLeftovers;
  /**
   * Makes the rows of a block durable, and returns their segment.
   * @throws HarnessError STORE_OVERFLOW where the disk does not take them
   */
  append(block: SpanBlock): number;
  /** Ends the newest segment: what is appended after this lies in another. */
  seal(): void;
  /** Returns the oldest segment; undefined where there is none. */
  oldest(): number | undefined;
  blocksOf(segment: number): Iterable<SpanBlock>;
  /** Makes records durable. Throws what the file system does. */
  remember(records: readonly Remembered[]): void;
  /**
   * Gives the store what `keep` returns of each block, and removes the segment, both or none of
   * it. Rejects with what the file system throws.
   */
  release(segment: number, keep: (block: SpanBlock) => SpanBlock | undefined): Promise<void>;
  /** Leaves what is not released to the next command. */
  close(): void;
}
