/** What tests and benchmarks use of the package, which brings no types. */
declare module 'opossum' {
  import type { EventEmitter } from 'node:events';

  class CircuitBreaker extends EventEmitter {
    constructor(action: () => Promise<unknown>, options: CircuitBreaker.Options);
    readonly opened: boolean;
    fire(): Promise<unknown>;
    shutdown(): void;
  }
  namespace CircuitBreaker {
    interface Options {
      readonly timeout: number;
      readonly volumeThreshold: number;
    }
  }
  export = CircuitBreaker;
}
