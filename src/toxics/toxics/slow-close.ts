import type { Ns } from '../../core/index.ts';
import { HoldingLink } from '../holding-link.ts';
import type { Chunk, LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const slowClose = toxicKind({
  type: 'slow_close',
  description: 'Lets data pass and delays the end of the stream.',
  isToxiproxys: true,
  works: 'stream',
  ramps: 'amount',
  settings: {
    delayNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'delay',
      default: 0,
      description: 'How long the end of the stream is held back.',
      example: '2s',
    },
  },
  link: ({ delayNs }, context) => new SlowCloseLink(delayNs, context),
});

class SlowCloseLink extends HoldingLink {
  readonly #delayNs: Ns;
  #closeNs: Ns | undefined;

  constructor(delayNs: Ns, context: LinkContext) {
    super(context);
    this.#delayNs = delayNs;
  }

  override data(chunk: Chunk): void {
    this.context.out.data(chunk);
  }

  protected override advance(): void {
    const nowNs = this.context.clock.nowNs();
    this.#closeNs ??= nowNs + Math.max(0, this.#delayNs) * this.context.strength();
    if (nowNs < this.#closeNs) this.waitUntil(this.#closeNs);
    else this.passEnd();
  }
}
