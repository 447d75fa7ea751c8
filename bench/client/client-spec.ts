import type { CallClock, Ms, Ns, Outcome, RatePerSec } from '../../src/core/index.ts';
import type { ArrivalProcess, PacingMode } from '../../src/scenario/index.ts';
import type { KolmogorovSmirnov } from '../statistics/kolmogorov-smirnov.ts';

/** One stretch of the load: at a rate, or of so many users of which each waits for its answer. */
export interface ClientPhase {
  readonly seconds: number;
  /** Whether the report counts its calls. */
  readonly measure: boolean;
  readonly load:
    | { readonly ratePerSec: RatePerSec; readonly process: ArrivalProcess }
    | { readonly users: number };
}

/** What the measuring client is asked for. Plain data: it crosses a process. */
export interface ClientSpec {
  readonly url: string;
  readonly connections: number;
  /** Most calls at once on each of them, over HTTP/2; HTTP/1.1 where it is not given. */
  readonly streams?: number;
  readonly pacing: PacingMode;
  /** Threads that send; 1 where it is not given. */
  readonly workers?: number;
  readonly phases: readonly ClientPhase[];
  /** Makes a unary call of gRPC, always the same. */
  readonly isGrpc?: boolean;
  /** Makes a flow of two steps with templates, a capture and checks, against nginx's `/json`. */
  readonly isTemplated?: boolean;
  /** Keeps every call, and tests the gaps between those sent at this rate. */
  readonly testGapsPerSec?: RatePerSec;
  /** When the run's clock begins; at once where it is not given. */
  readonly originEpochMs?: Ms;
}

/** What the client prints: of the measured phases alone, but for the memory. */
export interface ClientReport {
  readonly finished: Readonly<Record<Outcome, number>>;
  /** Cores in use, all threads of the client: processor time over time. */
  readonly cores: number;
  readonly percentilesNs: Readonly<Partial<Record<CallClock, ClientPercentiles>>>;
  /** The resident memory at the end of each second of the run. */
  readonly rssBytes: readonly number[];
  readonly gaps?: { readonly intended: KolmogorovSmirnov; readonly sent: KolmogorovSmirnov };
}

export interface ClientPercentiles {
  readonly p50: Ns;
  readonly p99: Ns;
  readonly p999: Ns;
  readonly count: number;
}
