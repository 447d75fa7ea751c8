import type { SpanKind } from '../core/index.ts';

/** Which spans are asked about. Absent: any. */
export interface OperationSearch {
  /** Included. */
  readonly fromEpochNs?: bigint;
  /** Not included. */
  readonly toEpochNs?: bigint;
  /** So long before now, in place of `fromEpochNs`. */
  readonly sinceNs?: bigint;
  readonly serviceName?: string;
  /** Of traces that this run minted. */
  readonly runId?: string;
}

/** How the spans of one service, name and kind went. */
export interface OperationTimes {
  readonly serviceName: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** As many as the stored ones stand for, where a sample was stored; so are those below. */
  readonly spanCount: number;
  readonly storedCount: number;
  readonly failedCount: number;
  /** Of those that do not end before they start; undefined where they are too few to tell. */
  readonly p50Ns: number | undefined;
  readonly p95Ns: number | undefined;
  readonly p99Ns: number | undefined;
  /** The longest; undefined where none has a duration. */
  readonly maxNs: number | undefined;
}

/** Knows how long operations take, of all spans and not of a sample of traces. */
export interface OperationReader {
  /** Returns every operation that has spans, by service, then by how many. */
  operationsOf(search: OperationSearch): Promise<readonly OperationTimes[]>;
}
