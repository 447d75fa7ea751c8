import type { RequestPlan } from './request-plan.ts';

/** What of some bytes still goes, and whether the body is cut off behind them. */
export interface CutBytes {
  readonly bytes: Uint8Array;
  readonly isCut: boolean;
}

/** Of every message of gRPC: one byte of flags, four of length. */
const MESSAGE_PREFIX_BYTES = 5;

/**
 * Where the body of an answer is cut off. A body of no more than `truncateAfterBytes` stays whole:
 * the cut comes with the first byte past them. One cut after k messages of gRPC is cut right behind
 * the k-th, whether more would come or not.
 *
 *     0 1 2 3 4 5 ...        messages of gRPC:  │flags│ length, 4 bytes │ length bytes │flags│ ...
 */
export class BodyCut {
  #leftBytes: number;
  #leftMessages: number;
  #prefix: number[] = [];
  /** Bytes to come of the message under way. */
  #leftOfMessage = 0;

  constructor(plan: RequestPlan) {
    this.#leftBytes = plan.truncateAfterBytes ?? Infinity;
    this.#leftMessages = plan.cutAfterMessages ?? Infinity;
  }

  /** Whether the answer is cut off before any of its body. */
  get cutsAtOnce(): boolean {
    return this.#leftMessages <= 0;
  }

  /** Returns what goes of the next bytes of the body. After a cut it is not to be asked again. */
  take(bytes: Uint8Array): CutBytes {
    const whole = this.#wholeMessages(bytes);
    const length = Math.min(whole.length, this.#leftBytes);
    this.#leftBytes -= length;
    const isCut = whole.isLast || length < whole.length;
    return { bytes: length === bytes.length ? bytes : bytes.subarray(0, length), isCut };
  }

  /**
   * Returns how many of the bytes may go by the count of messages, and whether the last ends there.
   */
  #wholeMessages(bytes: Uint8Array): { length: number; isLast: boolean } {
    if (this.#leftMessages === Infinity) return { length: bytes.length, isLast: false };
    let at = 0;
    while (at < bytes.length) {
      if (this.#leftOfMessage === 0) {
        this.#prefix.push(bytes[at] ?? 0);
        at += 1;
        if (this.#prefix.length < MESSAGE_PREFIX_BYTES) continue;
        this.#leftOfMessage = lengthOf(this.#prefix);
        this.#prefix = [];
      } else {
        const taken = Math.min(this.#leftOfMessage, bytes.length - at);
        this.#leftOfMessage -= taken;
        at += taken;
      }
      if (this.#leftOfMessage === 0) this.#leftMessages -= 1;
      if (this.#leftMessages === 0) return { length: at, isLast: true };
    }
    return { length: at, isLast: false };
  }
}

function lengthOf(prefix: readonly number[]): number {
  return prefix.slice(1).reduce((length, byte) => length * 256 + byte, 0);
}
