import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { Attributes, Span } from '../../core/index.ts';
import { coreSpan } from './core-span.ts';

export interface StoringSpanProcessorOptions {
  /** Stores spans; what it resolves for is durable. Called with one batch at a time. */
  readonly accept: (spans: readonly Span[]) => Promise<void>;
  /** The attributes of the one resource that all spans come from. */
  readonly resourceAttributes: Attributes;
  /** Most spans held here; a further one is dropped and counted. */
  readonly maxBuffered: number;
  /** Most spans in one call of `accept`. */
  readonly maxBatch: number;
}

/**
 * Takes finished spans out of the SDK to the store, the oldest first:
 *
 *   onEnd ─► [ buffered, bounded ] ─► accept(batch) ─► stored
 *      └─► dropped (full)                 └─► rejected: stays in its place, tried again
 *
 * Delivery begins once the spans of one moment are all in. A batch that is rejected is tried again
 * when the next span ends, and at `forceFlush`. The SDK's own batch processor is no choice here: it
 * cannot say what was stored, and drops what an exporter fails to take.
 */
export class StoringSpanProcessor implements SpanProcessor {
  /** Spans that `accept` resolved for. */
  stored = 0;
  /** Spans that found the buffer full. */
  dropped = 0;
  readonly #options: StoringSpanProcessorOptions;
  readonly #buffered: Span[] = [];
  #delivery: Promise<void> | undefined;
  #rejection: Error | undefined;

  constructor(options: StoringSpanProcessorOptions) {
    this.#options = options;
  }

  /** Spans that are neither stored nor dropped. */
  get buffered(): number {
    return this.#buffered.length;
  }

  /** Nothing: a span counts when it has ended. */
  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#buffered.length >= this.#options.maxBuffered) {
      this.dropped++;
      return;
    }
    this.#buffered.push(coreSpan(span, this.#options.resourceAttributes));
    this.#delivery ??= this.#deliver();
  }

  /**
   * Resolves when every span that has ended is stored or counted as dropped. Rejects with the error
   * of `accept` where that takes a batch not; its spans stay buffered.
   */
  async forceFlush(): Promise<void> {
    // What is under way may fail for an old reason; what counts is a try of our own.
    await this.#delivery;
    while (this.#buffered.length > 0) {
      await (this.#delivery ??= this.#deliver());
      if (this.#rejection) throw this.#rejection;
    }
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
  }

  /** Never rejects: the reason is kept for {@link forceFlush}, where somebody waits. */
  async #deliver(): Promise<void> {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    try {
      while (this.#buffered.length > 0) {
        const batch = this.#buffered.slice(0, this.#options.maxBatch);
        await this.#options.accept(batch);
        this.#buffered.splice(0, batch.length);
        this.stored += batch.length;
      }
      this.#rejection = undefined;
    } catch (error) {
      this.#rejection = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#delivery = undefined;
    }
  }
}
