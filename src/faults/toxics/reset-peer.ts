import type { Ns, Timer } from '../../core/index.ts';
import { HeldChunks } from '../held-chunks.ts';
import type { Chunk, Link, LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const resetPeer = toxicKind({
  type: 'reset_peer',
  description: 'Resets the connection (TCP RST) some time after its first data.',
  works: 'stream',
  ramps: 'toxicity',
  settings: {
    timeoutNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'timeout',
      default: 0,
      description: 'How long after the first data the connection is reset.',
      example: '100ms',
    },
  },
  link: ({ timeoutNs }, context) => new ResetLink(timeoutNs, context),
});

/**
 * Waits for the first data or the end of the stream, then `timeoutNs`, then resets the connection.
 * Nothing gets through meanwhile. What came is held, so that a removal before the reset gives the
 * connection back whole.
 */
class ResetLink implements Link {
  readonly #timeoutNs: Ns;
  readonly #context: LinkContext;
  readonly #held = new HeldChunks();
  #ended = false;
  #timer: Timer | undefined;

  constructor(timeoutNs: Ns, context: LinkContext) {
    this.#timeoutNs = timeoutNs;
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
    this.#timer ??= this.#context.clock.after(this.#timeoutNs, () => this.#context.out.reset());
  }
}
