import type { IdGenerator } from '@opentelemetry/sdk-trace-node';

/** Hands the SDK the ids that a call was sent with, where it would make up new ones. */
export class SentIds implements IdGenerator {
  #traceId = '';
  #spanId = '';

  /** Sets the ids of the next span. */
  next(traceId: string, spanId: string): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  generateTraceId(): string {
    return this.#traceId;
  }

  generateSpanId(): string {
    return this.#spanId;
  }
}
