import type { Ns, OutcomeCode } from '../core/index.ts';

/** What the recorder reads of a call that is over. Instants in ns since the run's start. */
export interface FinishedCall {
  readonly seq: number;
  readonly spanSeq: number;
  readonly phaseIndex: number;
  readonly stepIndex: number;
  readonly intendedNs: Ns;
  readonly seenNs: Ns;
  /** -1 where it was never sent. */
  readonly sentNs: Ns;
  readonly firstByteNs: Ns;
  /** For a timeout or a cancelled call the moment of its bound: its times are censored there. */
  readonly endNs: Ns;
  readonly outcome: OutcomeCode;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Our port of its connection; 0 where it had none. */
  readonly localPort: number;
  readonly error: string;
}
