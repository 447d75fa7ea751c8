import { CHECK, type Ns, OK, type OutcomeCode, STATUS } from '../core/index.ts';

/**
 * What the recorder reads of a call, or of an attempt of one, that is over. Instants in ns since
 * the run's start.
 */
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
  /** Which attempt of its call it is, from 1; 0 for the only one. */
  readonly attempt: number;
  /** Of one of several attempts: how its call ended. */
  readonly callOutcome: OutcomeCode;
  /** Which of the target's endpoints it went to; 0 for the first, or for the only one. */
  readonly endpoint: number;
}

/** Returns whether a whole answer came, whatever it was worth. */
export function isAnswered({ outcome }: Pick<FinishedCall, 'outcome'>): boolean {
  return outcome === OK || outcome === STATUS || outcome === CHECK;
}
