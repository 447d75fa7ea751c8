import { NO_ENDPOINT, type PickRequest, type UsableEndpoints } from './balancer.ts';

/**
 * The endpoints among which one attempt chooses: those that may be used and that no attempt of its
 * call went to; where all were tried, all but the last one; where that is the only one, that. They
 * are numbered from 0, in their order.
 */
export class Candidates {
  count = 0;
  /** By endpoint, 1 for a candidate. */
  #marks: Uint8Array = new Uint8Array();

  /** Makes these the candidates of one request. Returns itself. */
  of(usable: UsableEndpoints, { tried }: PickRequest): this {
    if (this.#marks.length !== usable.length) this.#marks = new Uint8Array(usable.length);
    this.#markAll(usable);
    if (tried.length === 0) return this;
    for (let i = 0; i < tried.length; i++) this.#unmark(tried[i] ?? NO_ENDPOINT);
    if (this.count > 0) return this;
    this.#markAll(usable);
    if (this.count > 1) this.#unmark(tried.at(-1) ?? NO_ENDPOINT);
    return this;
  }

  has(endpoint: number): boolean {
    return this.#marks[endpoint] === 1;
  }

  /** Returns the endpoint with this number; {@link NO_ENDPOINT} where there is none. */
  at(number: number): number {
    let left = number;
    for (let i = 0; i < this.#marks.length; i++) {
      if (this.has(i) && left-- === 0) return i;
    }
    return NO_ENDPOINT;
  }

  #markAll(usable: UsableEndpoints): void {
    let count = 0;
    for (let i = 0; i < usable.length; i++) {
      const mark = usable[i] ?? 0;
      this.#marks[i] = mark;
      count += mark;
    }
    this.count = count;
  }

  #unmark(endpoint: number): void {
    if (!this.has(endpoint)) return;
    this.#marks[endpoint] = 0;
    this.count--;
  }
}
