/** What a process is asked, as it is sent to it. */
export interface Asked {
  readonly kind: 'trace' | 'operations' | 'failed traces' | 'graph' | 'critical path' | 'incident';
  readonly traceId: string;
  readonly service: string;
  /** From and to, ns since the epoch. */
  readonly time: readonly [string, string];
  readonly baseline: readonly [string, string];
  readonly tracesMax: number;
}

/** What it says when it is ready, and when it has answered. */
export interface Answered {
  readonly seconds: number;
  /** The processor time of the process itself, all threads. */
  readonly cpuSec: number;
  /** The most that the process has had since it began. */
  readonly rssPeakBytes: number;
  /** The beginning of what was printed. */
  readonly text: string;
}
