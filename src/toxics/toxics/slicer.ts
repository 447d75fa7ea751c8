import type { Ns, Rng } from '../../core/index.ts';
import { HoldingLink } from '../holding-link.ts';
import type { LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const slicer = toxicKind({
  type: 'slicer',
  description: 'Cuts data into small pieces, with a pause after each.',
  isToxiproxys: true,
  works: 'stream',
  ramps: 'toxicity',
  settings: {
    averageBytes: {
      kind: 'bytes',
      name: 'averageSize',
      default: 0,
      description: 'How large a piece is on average.',
      example: '64B',
    },
    variationBytes: {
      kind: 'bytes',
      name: 'sizeVariation',
      default: 0,
      description: 'How much the size of a piece varies up and down; less than averageSize.',
      example: '16B',
    },
    delayNs: {
      kind: 'duration',
      wire: 'us',
      name: 'delay',
      default: 0,
      description: 'The pause after each piece.',
      example: '10us',
    },
  },
  link: (values, context) => new SlicerLink(values, context),
});

interface Slices {
  readonly averageBytes: number;
  readonly variationBytes: number;
  readonly delayNs: Ns;
}

/**
 * Halves a chunk, and the halves again, until a piece is at most average + variation; each cut is
 * moved off the middle by a draw of up to the variation. The cuts that are still to make stand on a
 * stack, so that a large chunk in small pieces takes no room but its own:
 *
 *     held chunk  |──────────────────────────────|      ends: 12, 6, 3
 *                 |──3──|──6──|─────────12───────|
 */
class SlicerLink extends HoldingLink {
  readonly #slices: Slices;
  /** Where the pieces of the oldest chunk that were cut so far end, the nearest last. */
  #ends: number[] = [];
  /** How much of the oldest chunk has gone. */
  #gone = 0;
  #nextNs: Ns = -Infinity;

  constructor(slices: Slices, context: LinkContext) {
    super(context);
    this.#slices = slices;
  }

  protected override advance(): void {
    if (this.isWaiting) return;
    const nowNs = this.context.clock.nowNs();
    const pauseNs = Math.max(0, this.#slices.delayNs);
    for (let next = this.held.first(); next; next = this.held.first()) {
      const dueNs = Math.max(this.#nextNs, next.receivedNs);
      if (dueNs > nowNs) {
        this.waitUntil(dueNs);
        return;
      }
      this.#nextNs = dueNs + pauseNs;
      const bytes = this.held.shiftBytes(this.#nextSize(next.bytes.length));
      if (bytes) this.context.out.data({ bytes, receivedNs: dueNs });
    }
    this.passEnd();
  }

  /** Returns the size of the next piece of the oldest chunk, of which so much is left. */
  #nextSize(leftBytes: number): number {
    if (this.#ends.length === 0) {
      this.#ends.push(leftBytes);
      this.#gone = 0;
    }
    for (let end = this.#ends.at(-1) ?? 0; !this.#isSmall(end - this.#gone);) {
      end = cutBetween(this.#gone, end, this.#slices.variationBytes, this.context.rng);
      this.#ends.push(end);
    }
    const end = this.#ends.pop() ?? 0;
    const size = end - this.#gone;
    this.#gone = end;
    return size;
  }

  #isSmall(byteLength: number): boolean {
    const { averageBytes, variationBytes } = this.#slices;
    return byteLength <= 1 || byteLength - averageBytes <= Math.max(0, variationBytes);
  }
}

/** Returns a place near the middle of two, with at least one byte on either side. */
function cutBetween(start: number, end: number, variationBytes: number, rng: Rng): number {
  const spread = Math.max(0, variationBytes);
  const shift = spread === 0 ? 0 : Math.floor(rng.nextFloat() * 2 * spread) - spread;
  const middle = start + Math.floor((end - start) / 2) + shift;
  return Math.min(end - 1, Math.max(start + 1, middle));
}
