import { Transform, type TransformCallback } from 'node:stream';
import type { Clock } from '../../../core/index.ts';
import { BodyCut, BodyPace, type RequestPlan } from '../../../toxics/index.ts';

/**
 * The body of an answer as its plan wants it: slower, or cut off, where it ends before its time.
 */
export class ShapedBody extends Transform {
  readonly #cut: BodyCut;
  readonly #pace: BodyPace;
  readonly #stalled: () => void;
  #isCut = false;
  /** Bytes received and not sent yet. */
  #rest: { readonly bytes: Buffer; readonly done: TransformCallback } | undefined;

  /** `stalled` is called when data is held until a toxic leaves. */
  constructor(plan: RequestPlan, clock: Clock, stalled: () => void) {
    super();
    this.#stalled = stalled;
    this.#cut = new BodyCut(plan);
    this.#pace = new BodyPace(plan.bodyRates ?? [], clock, () => this.#pass());
    if (this.#cut.cutsAtOnce) this.#cutOff();
  }

  /** Whether the body was cut off; known by its end. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Whether data is held until a toxic leaves. */
  get isStalled(): boolean {
    return this.#rest !== undefined && this.#pace.isStalled;
  }

  override _transform(bytes: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#isCut) return done();
    this.#rest = { bytes, done };
    return this.#pass();
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    this.#pace.end();
    done(cause);
  }

  /** Passes as much as may go now. */
  #pass(): void {
    while (this.#rest && !this.#isCut && !this.#pace.isWaiting) {
      if (this.#pace.isStalled) return this.#stalled();
      const { bytes, done } = this.#rest;
      if (bytes.length === 0) {
        this.#rest = undefined;
        done();
        continue;
      }
      const part = this.#cut.take(bytes.subarray(0, this.#pace.sliceBytes));
      this.#rest = { bytes: bytes.subarray(this.#pace.sliceBytes), done };
      if (part.bytes.length > 0) this.push(part.bytes);
      if (part.isCut) this.#cutOff();
      else this.#pace.pay(part.bytes.length);
    }
    return undefined;
  }

  #cutOff(): void {
    const { done } = this.#rest ?? {};
    this.#rest = undefined;
    this.#isCut = true;
    this.#pace.end();
    this.push(null);
    done?.();
  }
}
