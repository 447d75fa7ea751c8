import type { Ns } from '../../core/index.ts';
import { HoldingLink } from '../holding-link.ts';
import type { Chunk, Link, LinkContext } from '../link.ts';
import { toxicKind } from '../toxic-kind.ts';

export const cut = toxicKind({
  type: 'cut',
  description:
    'Lets data flow and cuts the connection off in the midst of it: after a time, after so many bytes, or at the first data.',
  works: 'stream',
  ramps: 'toxicity',
  settings: {
    afterNs: {
      kind: 'duration',
      wire: 'ms',
      name: 'after',
      default: 0,
      description: 'How long after the first data it is cut. 0: not by time.',
      example: '2s',
    },
    bytes: {
      kind: 'bytes',
      name: 'bytes',
      default: 0,
      description:
        'How many bytes pass before it is cut. 0: not by bytes; without after too, at the first data.',
      example: '64KB',
    },
    how: {
      kind: 'enum',
      name: 'how',
      values: ['close', 'reset'],
      default: 'close',
      description:
        'close ends the connection (FIN) behind what has passed; reset ends it at once (RST), and what has passed may be lost.',
      example: 'reset',
    },
  },
  link: (values, context, before) => new CutLink(values, context, before),
});

interface Cut {
  readonly afterNs: Ns;
  readonly bytes: number;
  readonly how: string;
}

/** Passes all until its time or its last byte; both count on where the settings are changed. */
class CutLink extends HoldingLink {
  readonly #cut: Cut;
  #sinceNs: Ns | undefined;
  #passedBytes = 0;

  constructor(settings: Cut, context: LinkContext, before?: Link) {
    super(context);
    this.#cut = settings;
    if (!(before instanceof CutLink) || before.#sinceNs === undefined) return;
    this.#sinceNs = before.#sinceNs;
    this.#passedBytes = before.#passedBytes;
    if (settings.afterNs > 0) this.waitUntil(this.#sinceNs + settings.afterNs);
  }

  override data({ bytes, receivedNs }: Chunk): void {
    this.#begin();
    const passing = bytes.subarray(0, Math.max(0, this.#limitBytes - this.#passedBytes));
    this.#passedBytes += passing.length;
    if (passing.length > 0) this.context.out.data({ bytes: passing, receivedNs });
    if (this.#passedBytes >= this.#limitBytes) this.#end();
  }

  override end(): void {
    this.context.out.end();
  }

  /** Its time has come. */
  protected override advance(): void {
    this.#end();
  }

  /** How many bytes pass in all; Infinity where only the time counts. */
  get #limitBytes(): number {
    const { afterNs, bytes } = this.#cut;
    if (bytes > 0) return bytes;
    return afterNs > 0 ? Infinity : 0;
  }

  #begin(): void {
    if (this.#sinceNs !== undefined) return;
    const { clock } = this.context;
    this.#sinceNs = clock.nowNs();
    if (this.#cut.afterNs > 0) this.waitUntil(this.#sinceNs + this.#cut.afterNs);
  }

  #end(): void {
    if (this.#cut.how === 'reset') this.context.out.reset();
    else this.context.out.close();
  }
}
