import type { Ns, Rng, Timer } from '../../core/index.ts';
import { HeldChunks } from '../held-chunks.ts';
import type { Chunk, Link, LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const latency = toxicKind({
  type: 'latency',
  description: 'Delays every chunk of data, keeping the order.',
  works: 'stream',
  ramps: 'amount',
  settings: {
    latencyNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'latency',
      default: 0,
      description: 'How much every chunk of data is delayed.',
      example: '250ms',
    },
    jitterNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'jitter',
      default: 0,
      description: 'The delay varies evenly by this much up and down.',
      example: '50ms',
    },
  },
  link: (values, context) => new LatencyLink(values, context),
});

interface DelayedChunk extends Chunk {
  readonly dueNs: Ns;
}

/**
 * Holds each chunk until it is due:
 *
 *     due(i) = max(due(i-1), received(i) + latency + jitter * u),   u uniform in [-1, 1)
 *
 * Counted from receipt, so that chunks do not queue up delay behind each other; the maximum keeps
 * their order. The end of the stream follows the last chunk. The next link is told the due time as
 * the receipt, so that timers that fire late do not add up along a chain.
 */
class LatencyLink implements Link {
  readonly #latencyNs: Ns;
  readonly #jitterNs: Ns;
  readonly #context: LinkContext;
  readonly #held = new HeldChunks<DelayedChunk>();
  #lastDueNs: Ns = -Infinity;
  #ended = false;
  #timer: Timer | undefined;

  constructor(values: { latencyNs: Ns; jitterNs: Ns }, context: LinkContext) {
    this.#latencyNs = values.latencyNs;
    this.#jitterNs = values.jitterNs;
    this.#context = context;
  }

  get heldBytes(): number {
    return this.#held.bytes;
  }

  get heldChunks(): number {
    return this.#held.length;
  }

  data(chunk: Chunk): void {
    const delayNs =
      (this.#latencyNs + jitter(this.#jitterNs, this.#context.rng)) * this.#context.strength();
    const dueNs = Math.max(this.#lastDueNs, chunk.receivedNs + Math.max(0, delayNs));
    this.#lastDueNs = dueNs;
    this.#held.push({ ...chunk, dueNs });
    if (this.#timer === undefined) this.#passDue();
  }

  end(): void {
    this.#ended = true;
    if (this.#held.length === 0) this.#context.out.end();
  }

  release(): void {
    this.#timer?.cancel();
    const receivedNs = this.#context.clock.nowNs();
    for (let chunk = this.#held.shift(); chunk; chunk = this.#held.shift()) {
      this.#context.out.data({ bytes: chunk.bytes, receivedNs });
      if (this.#ended && this.#held.length === 0) this.#context.out.end();
    }
  }

  discard(): void {
    this.#timer?.cancel();
    this.#held.clear();
  }

  /** Passes on what is due and sets the timer for the next; a timer that fired early is set anew. */
  #passDue(): void {
    this.#timer = undefined;
    const { clock, out } = this.#context;
    const nowNs = clock.nowNs();
    for (let next = this.#held.first(); next; next = this.#held.first()) {
      if (next.dueNs > nowNs) {
        this.#timer = clock.after(next.dueNs - nowNs, () => this.#passDue());
        return;
      }
      this.#held.shift();
      out.data({ bytes: next.bytes, receivedNs: next.dueNs });
      if (this.#ended && this.#held.length === 0) out.end();
    }
  }
}

/** Returns a draw, uniform in [-jitterNs, jitterNs), in whole ns. */
function jitter(jitterNs: Ns, rng: Rng): Ns {
  return jitterNs === 0 ? 0 : Math.floor((rng.nextFloat() * 2 - 1) * jitterNs);
}
