/**
 * What traces are looked for: those with a span that is all of what is given here. Absent: any.
 */
export interface TraceSearch {
  /** Included. */
  readonly fromEpochNs?: bigint;
  /** Not included. */
  readonly toEpochNs?: bigint;
  /** So long before now, in place of `fromEpochNs`. */
  readonly sinceNs?: bigint;
  readonly serviceName?: string;
  /** The span's name; `*` stands for any text. */
  readonly operation?: string;
  readonly durationMinNs?: bigint;
  readonly durationMaxNs?: bigint;
  readonly failed?: boolean;
  /** Of the span or its resource, all of them. */
  readonly attributes: readonly AttributeSearch[];
  /** Of a trace that this run minted. */
  readonly runId?: string;
  /** A fault of a run that the span met. */
  readonly fault?: string;
  readonly order: 'newest' | 'longest';
  readonly limit: number;
}

export interface AttributeSearch {
  readonly key: string;
  /** Undefined where any value will do that is not empty. */
  readonly value: string | undefined;
}

/** A trace that was found. */
export interface FoundTrace {
  readonly traceId: string;
  /** The earliest start of its spans. */
  readonly startEpochNs: bigint;
  /** From there to the latest end, by the clocks as recorded. */
  readonly durationNs: bigint;
  /** Of its root, or of its first span where that is not stored. */
  readonly serviceName: string;
  readonly name: string;
  readonly spanCount: number;
  readonly failedCount: number;
  readonly serviceCount: number;
  /** The longest of its spans that are as was looked for, and how many are. */
  readonly match: {
    readonly serviceName: string;
    readonly name: string;
    readonly durationNs: bigint;
    readonly spanCount: number;
  };
}

/** Finds traces. */
export interface TraceFinder {
  /**
   * Returns the traces in the order that is asked for: by their first span that matches, the newest
   * first, or by their longest.
   */
  find(search: TraceSearch): Promise<readonly FoundTrace[]>;
}
