import type { Chunk, Held, Link, LinkContext } from './link.ts';

/** A link that holds nothing back: passes data and the end at once, as they are. */
export class PassingLink implements Link {
  readonly heldBytes: number = 0;
  readonly heldChunks: number = 0;
  protected readonly context: LinkContext;

  constructor(context: LinkContext) {
    this.context = context;
  }

  data(chunk: Chunk): void {
    this.context.out.data(chunk);
  }

  end(): void {
    this.context.out.end();
  }

  release(): void {
    // Nothing is held.
  }

  handOver(): Held {
    return { chunks: [], ended: false };
  }

  discard(): void {
    // Nothing is held.
  }
}
