import type { Rng } from '../../core/index.ts';
import { type Chunk, type Link, type LinkContext, PassingLink } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const corrupt = toxicKind({
  type: 'corrupt',
  description: 'Damages a share of the bytes; their number and order stay.',
  works: 'stream',
  ramps: 'amount',
  settings: {
    share: {
      kind: 'share',
      name: 'share',
      default: 0.001,
      description: 'Of how many bytes one is damaged, each by chance.',
      example: '0.1%',
    },
    what: {
      kind: 'enum',
      name: 'what',
      values: ['bit', 'byte'],
      default: 'bit',
      description: 'bit flips one bit of the byte; byte puts any other in its place.',
      example: 'bit',
    },
  },
  link: (values, context, before) => new CorruptLink(values, context, before),
});

interface Corruption {
  readonly share: number;
  readonly what: string;
}

/**
 * Which bytes are damaged depends on their place in the stream, not on how it was cut into chunks:
 * from one to the next it skips a number drawn of the geometric distribution, floor(ln(1-u) /
 * ln(1-share)). During a ramp only a part of them is damaged, of `strength`. The bytes that came
 * are left as they are; the next link gets a copy.
 */
class CorruptLink extends PassingLink {
  readonly #corruption: Corruption;
  #skipBytes: number;

  constructor(corruption: Corruption, context: LinkContext, before?: Link) {
    super(context);
    const isSame = before instanceof CorruptLink && before.#corruption.share === corruption.share;
    this.#corruption = corruption;
    this.#skipBytes = isSame ? before.#skipBytes : drawSkip(corruption.share, context.rng);
  }

  override data(chunk: Chunk): void {
    const { bytes, receivedNs } = chunk;
    if (this.#skipBytes >= bytes.length) {
      this.#skipBytes -= bytes.length;
      this.context.out.data(chunk);
      return;
    }
    const { rng } = this.context;
    const strength = this.context.strength();
    let damaged: Uint8Array | undefined;
    let at = this.#skipBytes;
    for (; at < bytes.length; at += 1 + drawSkip(this.#corruption.share, rng)) {
      const isHit = rng.nextFloat() < strength;
      if (!isHit) continue;
      damaged ??= new Uint8Array(bytes);
      damaged[at] = this.#damage(damaged[at] ?? 0);
    }
    this.#skipBytes = at - bytes.length;
    this.context.out.data({ bytes: damaged ?? bytes, receivedNs });
  }

  #damage(byte: number): number {
    const draw = this.context.rng.nextUint32();
    // An exclusive or with anything but 0 makes another byte of it.
    return this.#corruption.what === 'bit' ? byte ^ (1 << (draw & 7)) : byte ^ (1 + (draw % 255));
  }
}

/** Returns how many bytes stay whole before the next that does not; Infinity for a share of 0. */
function drawSkip(share: number, rng: Rng): number {
  if (share <= 0) return Infinity;
  if (share >= 1) return 0;
  return Math.floor(Math.log1p(-rng.nextFloat()) / Math.log1p(-share));
}
