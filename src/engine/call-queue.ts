import type { LiveCall } from './live-call.ts';

/** Calls that wait for a connection, first in first out: a ring that doubles when it is full. */
export class CallQueue {
  #ring: (LiveCall | undefined)[] = Array.from({ length: 64 }, () => undefined);
  #head = 0;
  size = 0;

  push(call: LiveCall): void {
    if (this.size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.size) & (this.#ring.length - 1)] = call;
    this.size++;
  }

  /** Returns the call that has waited longest, and takes it out; undefined where none waits. */
  shift(): LiveCall | undefined {
    if (this.size === 0) return undefined;
    const call = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.size--;
    return call;
  }

  /** Takes a call out wherever it stands. Returns whether it was there. */
  remove(call: LiveCall): boolean {
    const mask = this.#ring.length - 1;
    for (let at = 0; at < this.size; at++) {
      if (this.#ring[(this.#head + at) & mask] !== call) continue;
      // Those before it move up: what is taken out has mostly waited long.
      for (let i = at; i > 0; i--) {
        this.#ring[(this.#head + i) & mask] = this.#ring[(this.#head + i - 1) & mask];
      }
      this.shift();
      return true;
    }
    return false;
  }

  #grow(): void {
    const straight = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
    this.#ring = [...straight, ...straight.map(() => undefined)];
    this.#head = 0;
  }
}
