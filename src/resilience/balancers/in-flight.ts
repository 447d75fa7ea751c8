import { invariant } from '../../core/index.ts';

/** How many attempts each endpoint has under way. */
export class InFlight {
  readonly #counts: Int32Array;

  constructor(endpoints: number) {
    this.#counts = new Int32Array(endpoints);
  }

  of(endpoint: number): number {
    return this.#counts[endpoint] ?? 0;
  }

  begun(endpoint: number): void {
    this.#counts[endpoint] = this.of(endpoint) + 1;
  }

  ended(endpoint: number): void {
    invariant(this.of(endpoint) > 0, 'what ends at an endpoint began there');
    this.#counts[endpoint] = this.of(endpoint) - 1;
  }
}
