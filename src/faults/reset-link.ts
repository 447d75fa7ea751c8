import type { Ns, Timer } from '../core/index.ts';
import type { ResetToxicSpec } from '../scenario/index.ts';
import { HeldChunks } from './held-chunks.ts';
import type { Chunk, Link, LinkContext } from './link.ts';

/**
 * Waits for the first data or the end of the stream, then `afterNs`, then resets the connection.
 * Nothing gets through meanwhile. What came is held, so that a removal before the reset gives the
 * connection back whole.
 */
export class ResetLink implements Link {
  readonly #afterNs: Ns;
  readonly #context: LinkContext;
  readonly #held = new HeldChunks();
  #ended = false;
  #timer: Timer | undefined;

  constructor(toxic: ResetToxicSpec, context: LinkContext) {
    this.#afterNs = toxic.afterNs;
    this.#context = context;
  }

  get heldBytes(): number {
    return this.#held.bytes;
  }

  get heldChunks(): number {
    return this.#held.length;
  }

  data(chunk: Chunk): void {
    this.#held.push(chunk);
    this.#arm();
  }

  end(): void {
    this.#ended = true;
    this.#arm();
  }

  release(): void {
    this.#timer?.cancel();
    const { clock, out } = this.#context;
    const receivedNs = clock.nowNs();
    for (let chunk = this.#held.shift(); chunk; chunk = this.#held.shift()) {
      out.data({ bytes: chunk.bytes, receivedNs });
    }
    if (this.#ended) out.end();
  }

  discard(): void {
    this.#timer?.cancel();
    this.#held.clear();
  }

  #arm(): void {
    this.#timer ??= this.#context.clock.after(this.#afterNs, () => this.#context.out.reset());
  }
}
