import type { Ns } from '../../core/index.ts';
import { HoldingLink } from '../holding-link.ts';
import type { LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const resetPeer = toxicKind({
  type: 'reset_peer',
  description: 'Resets the connection (TCP RST) some time after its first data.',
  isToxiproxys: true,
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
 * Nothing passes meanwhile. Data is held, so that a removal before the reset gives the
 * connection back whole.
 */
class ResetLink extends HoldingLink {
  readonly #timeoutNs: Ns;
  #resetNs: Ns | undefined;

  constructor(timeoutNs: Ns, context: LinkContext) {
    super(context);
    this.#timeoutNs = timeoutNs;
  }

  protected override advance(): void {
    const nowNs = this.context.clock.nowNs();
    this.#resetNs ??= nowNs + Math.max(0, this.#timeoutNs);
    if (!this.isWaiting && nowNs < this.#resetNs) this.waitUntil(this.#resetNs);
    if (nowNs >= this.#resetNs) this.context.out.reset();
  }
}
