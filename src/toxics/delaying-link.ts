import type { Ns } from '../core/index.ts';
import { HoldingLink } from './holding-link.ts';
import type { Chunk, LinkContext } from './link.ts';

interface DelayedChunk extends Chunk {
  readonly dueNs: Ns;
}

/**
 * Holds each chunk until it is due:
 *
 *     due(i) = max(due(i-1), received(i) + max(0, delay(i)) * strength)
 *
 * Counted from receipt, so that chunks do not queue up delay behind each other; the maximum keeps
 * their order. The end of the stream follows the last chunk. The next link gets the due time as
 * the receipt, so that timers that fire late do not add up along a chain.
 */
export class DelayingLink extends HoldingLink<DelayedChunk> {
  readonly #drawNs: () => Ns;
  #lastDueNs: Ns = -Infinity;

  constructor(drawNs: () => Ns, context: LinkContext) {
    super(context);
    this.#drawNs = drawNs;
  }

  protected override received(chunk: Chunk): DelayedChunk {
    const delayNs = Math.floor(Math.max(0, this.#drawNs()) * this.context.strength());
    this.#lastDueNs = Math.max(this.#lastDueNs, chunk.receivedNs + delayNs);
    return { bytes: chunk.bytes, receivedNs: chunk.receivedNs, dueNs: this.#lastDueNs };
  }

  protected override advance(): void {
    if (this.isWaiting) return;
    const nowNs = this.context.clock.nowNs();
    for (let next = this.held.first(); next; next = this.held.first()) {
      if (next.dueNs > nowNs) return this.waitUntil(next.dueNs);
      this.held.shift();
      this.context.out.data({ bytes: next.bytes, receivedNs: next.dueNs });
    }
    return this.passEnd();
  }
}
