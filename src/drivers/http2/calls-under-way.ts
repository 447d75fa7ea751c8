/** What knows its place among those under way; only {@link CallsUnderWay} writes it. */
export interface Placed {
  /** -1 for none. */
  place: number;
}

/**
 * The calls that are under way, in no order. Each knows its place: the last one takes that of one
 * that goes. A Set makes itself anew as they come and go, and keeps garbage alive (`OpenStreams`).
 */
export class CallsUnderWay<Call extends Placed> {
  readonly #all: Call[] = [];

  get size(): number {
    return this.#all.length;
  }

  has(call: Call): boolean {
    return call.place >= 0;
  }

  add(call: Call): void {
    call.place = this.#all.length;
    this.#all.push(call);
  }

  /** Takes one out, if it is there. */
  delete(call: Call): void {
    const { place } = call;
    if (place < 0) return;
    call.place = -1;
    const last = this.#all.pop();
    if (last === undefined || last === call) return;
    this.#all[place] = last;
    last.place = place;
  }

  [Symbol.iterator](): Iterator<Call> {
    return this.#all[Symbol.iterator]();
  }
}
