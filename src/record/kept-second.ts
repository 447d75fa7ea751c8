import type { FinishedCall } from './finished-call.ts';
import { heldCall, type HeldCalls } from './held-calls.ts';
import { HeldSecond } from './held-second.ts';
import type { KeptCall, OwnReason } from './kept-call.ts';

/** Calls that are kept for one reason of their own: plain data that crosses threads. */
export interface PackedKept extends HeldCalls {
  readonly reason: OwnReason;
}

/** The calls of one second that are kept for their own sake, up to a bound. */
export class KeptSecond {
  readonly #countMax: number;
  readonly #byReason: Readonly<Record<OwnReason, HeldSecond>>;

  /** `countMax`: most of the head sample, and most of the others. */
  constructor(
    phases: readonly string[],
    steps: readonly { readonly name: string; readonly target: string }[],
    countMax: number,
  ) {
    const rows = (): HeldSecond => new HeldSecond(phases, steps, Infinity);
    this.#countMax = countMax;
    this.#byReason = { head: rows(), slow: rows(), error: rows() };
  }

  /** Keeps a call, an example whatever the bound. Returns whether there was room for it. */
  add(call: FinishedCall, reason: OwnReason, isExample: boolean): boolean {
    // Each sort has a bound of its own: failures that come in heaps do not crowd out the sample,
    // and those of one reason not the examples of another, which are few.
    const { head, slow, error } = this.#byReason;
    const before = reason === 'head' ? head.count : slow.count + error.count;
    if (!isExample && before >= this.#countMax) return false;
    this.#byReason[reason].add(call);
    return true;
  }

  /** Returns what was kept since the last time, a part for each reason that there was. */
  take(): PackedKept[] {
    const { head, slow, error } = this.#byReason;
    const taken = (rows: HeldSecond, reason: OwnReason): PackedKept[] =>
      rows.take().map((part) => ({ ...part, reason }));
    return [...taken(head, 'head'), ...taken(slow, 'slow'), ...taken(error, 'error')];
  }
}

/** Returns the calls one by one: of each part in the order in which they ended. */
export function keptCalls(parts: readonly PackedKept[]): KeptCall[] {
  return parts.flatMap((part) =>
    Array.from({ length: part.count }, (_, row) => heldCall(part, row, part.reason)),
  );
}
