import { NS_PER_SEC, type Ns } from '../../core/index.ts';
import { HoldingLink } from '../holding-link.ts';
import type { Link, LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const stall = toxicKind({
  type: 'stall',
  description:
    'Freezes one direction of a connection for a while from its first data, once; then all that waited goes in a burst.',
  works: 'stream',
  ramps: 'amount',
  settings: {
    durationNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'duration',
      default: NS_PER_SEC,
      description: 'How long nothing gets through. What comes meanwhile waits; none of it is lost.',
      example: '3s',
    },
  },
  link: ({ durationNs }, context, before) => new StallLink(durationNs, context, before),
});

/**
 * Holds all that comes from the first data on, for its time; after that it passes all, for as long
 * as it stands. Where the settings are changed meanwhile, the time counts from where it had begun.
 */
class StallLink extends HoldingLink {
  readonly #durationNs: Ns;
  #sinceNs: Ns | undefined;
  #isOver = false;

  constructor(durationNs: Ns, context: LinkContext, before?: Link) {
    super(context);
    this.#durationNs = durationNs;
    if (!(before instanceof StallLink)) return;
    this.#sinceNs = before.#sinceNs;
    this.#isOver = before.#isOver;
  }

  protected override advance(): void {
    if (this.isWaiting) return;
    const nowNs = this.context.clock.nowNs();
    this.#sinceNs ??= nowNs;
    const untilNs = this.#sinceNs + Math.max(0, this.#durationNs) * this.context.strength();
    this.#isOver ||= nowNs >= untilNs;
    if (this.#isOver) this.passAll();
    else this.waitUntil(untilNs);
  }
}
