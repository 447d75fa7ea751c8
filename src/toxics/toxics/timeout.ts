import type { Ns } from '../../core/index.ts';
import { HoldingLink } from '../holding-link.ts';
import type { LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const timeout = toxicKind({
  type: 'timeout',
  description:
    'Drops all data and closes the connection when none has come for a while; its removal closes it too.',
  isToxiproxys: true,
  works: 'stream',
  ramps: 'toxicity',
  worksOnIdle: true,
  settings: {
    timeoutNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'timeout',
      default: 0,
      description: 'How long after the last data the connection is closed. 0 never closes it.',
      example: '5s',
    },
  },
  link: ({ timeoutNs }, context) => new TimeoutLink(timeoutNs, context),
});

/**
 * Swallows data and the end. Its time runs from the moment that it is put on, and anew from each
 * chunk. A connection that has lost data cannot go on: when the toxic leaves, it is closed.
 */
class TimeoutLink extends HoldingLink {
  readonly #timeoutNs: Ns;
  #closeNs: Ns = Infinity;

  constructor(timeoutNs: Ns, context: LinkContext) {
    super(context);
    this.#timeoutNs = timeoutNs;
    this.#restart();
  }

  override data(): void {
    this.#restart();
  }

  override end(): void {
    // Swallowed as data is; nothing comes after it, so the time that runs is the last.
  }

  override release(): void {
    this.stopWaiting();
    this.context.out.close();
  }

  protected override advance(): void {
    if (this.context.clock.nowNs() < this.#closeNs) this.waitUntil(this.#closeNs);
    else this.context.out.close();
  }

  /** Moves the time on; a timer that is set fires, finds it so and waits for the rest. */
  #restart(): void {
    if (this.#timeoutNs <= 0) return;
    this.#closeNs = this.context.clock.nowNs() + this.#timeoutNs;
    if (!this.isWaiting) this.waitUntil(this.#closeNs);
  }
}
