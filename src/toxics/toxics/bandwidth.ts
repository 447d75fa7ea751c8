import { NS_PER_SEC, type Ns } from '../../core/index.ts';
import { HoldingLink } from '../holding-link.ts';
import type { Link, LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const bandwidth = toxicKind({
  type: 'bandwidth',
  description: 'Lets no more than so many bytes per second through; the rest waits.',
  isToxiproxys: true,
  works: 'stream',
  ramps: 'amount',
  settings: {
    rateBytesPerSec: {
      kind: 'byteRate',
      name: 'rate',
      default: 0,
      description:
        'How fast it goes at most, on each connection by itself. 0 lets nothing through.',
      example: '100KB/s',
    },
  },
  link: ({ rateBytesPerSec }, context, before) =>
    new BandwidthLink(rateBytesPerSec, context, before),
});

/** The most that goes at once is what may go in this time. */
const SLICE_NS: Ns = NS_PER_SEC / 10;

/**
 * A line that is busy for `bytes / rate * strength` with each piece:
 *
 *     start(i) = max(free(i-1), received(i))     free(i) = start(i) + size(i) / rate * strength
 *
 * A piece goes on when the line is free of it. The line's own time counts, not that of the timers:
 * what a late timer kept back goes with the next, so that the rate holds whatever they do. A chunk
 * of more than 100 ms goes in pieces.
 */
class BandwidthLink extends HoldingLink {
  readonly #bytesPerSec: number;
  #freeNs: Ns;
  /** The size of the piece that the line is busy with, and until when. */
  #piece: { readonly byteLength: number; readonly doneNs: Ns } | undefined;

  constructor(bytesPerSec: number, context: LinkContext, before?: Link) {
    super(context);
    this.#bytesPerSec = bytesPerSec;
    // What waited under another rate has no claim on this one for the time it waited.
    this.#freeNs = before ? context.clock.nowNs() : -Infinity;
  }

  protected override advance(): void {
    if (this.isWaiting) return;
    const nowNs = this.context.clock.nowNs();
    for (let next = this.held.first(); next; next = this.held.first()) {
      this.#piece ??= this.#begin(next.bytes.length, next.receivedNs);
      const { byteLength, doneNs } = this.#piece;
      if (doneNs === Infinity) return;
      if (doneNs > nowNs) {
        this.waitUntil(doneNs);
        return;
      }
      this.#piece = undefined;
      this.#freeNs = doneNs;
      const bytes = this.held.shiftBytes(byteLength);
      if (bytes) this.context.out.data({ bytes, receivedNs: Math.round(doneNs) });
    }
    this.passEnd();
  }

  #begin(byteLength: number, receivedNs: Ns): { byteLength: number; doneNs: Ns } {
    const strength = this.context.strength();
    const nsPerByte = strength === 0 ? 0 : (NS_PER_SEC / Math.max(0, this.#bytesPerSec)) * strength;
    const most = Math.max(1, Math.floor(SLICE_NS / nsPerByte));
    const size = Math.min(byteLength, most);
    return {
      byteLength: size,
      doneNs: Math.max(this.#freeNs, receivedNs) + (size === 0 ? 0 : size * nsPerByte),
    };
  }
}
