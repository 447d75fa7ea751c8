import type { Ns, VirtualClock } from '../../src/core/index.ts';
import type { Chunk, LinkOutput } from '../../src/toxics/index.ts';

/** An end of a chain that writes down what came and when: `3ms abc`, `4ms FIN`, `5ms RST`. */
export class RecordedOutput implements LinkOutput {
  readonly chunks: { readonly text: string; readonly atNs: Ns }[] = [];
  readonly bytes: Uint8Array[] = [];
  readonly log: string[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  data({ bytes }: Chunk): void {
    this.bytes.push(bytes);
    const text = Buffer.from(bytes).toString('utf8');
    this.chunks.push({ text, atNs: this.#clock.nowNs() });
    this.#note(text);
  }

  end(): void {
    this.#note('FIN');
  }

  reset(): void {
    this.#note('RST');
  }

  close(): void {
    this.#note('CLOSE');
  }

  #note(what: string): void {
    this.log.push(`${this.#clock.nowNs() / 1e6}ms ${what}`);
  }
}
