import { type Chunk, type Link, type LinkContext, PassingLink } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const limitData = toxicKind({
  type: 'limit_data',
  description: 'Passes exactly so many bytes of a connection, then closes it.',
  isToxiproxys: true,
  works: 'stream',
  ramps: 'toxicity',
  settings: {
    bytes: {
      kind: 'bytes',
      name: 'bytes',
      default: 0,
      description: 'How many bytes pass. 0 closes on the first data.',
      example: '1KB',
    },
  },
  link: ({ bytes }, context, before) => new LimitDataLink(bytes, context, before),
});

/** Counts what passed on this connection; the count goes on where the settings are changed. */
class LimitDataLink extends PassingLink {
  readonly #limitBytes: number;
  #passedBytes: number;

  constructor(limitBytes: number, context: LinkContext, before?: Link) {
    super(context);
    this.#limitBytes = limitBytes;
    this.#passedBytes = before instanceof LimitDataLink ? before.#passedBytes : 0;
  }

  override data({ bytes, receivedNs }: Chunk): void {
    const leftBytes = Math.max(0, this.#limitBytes - this.#passedBytes);
    const passing = bytes.subarray(0, leftBytes);
    this.#passedBytes += passing.length;
    if (passing.length > 0) this.context.out.data({ bytes: passing, receivedNs });
    if (this.#passedBytes >= this.#limitBytes) this.context.out.close();
  }
}
