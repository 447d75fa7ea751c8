import { Transform, type TransformCallback } from 'node:stream';
import { NS_PER_SEC, type Clock, type Ns, type Timer } from '../../../core/index.ts';
import { BodyCut, type RequestPlan } from '../../../faults/index.ts';

const SLICES_PER_SEC = 20;

/** The body of an answer as its plan wants it: slower, or cut off, where it ends before its time. */
export class ShapedBody extends Transform {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #cut: BodyCut;
  #isCut = false;
  #timer: Timer | undefined;
  /** When all that was passed is due to have been passed. */
  #paidNs: Ns;

  constructor(plan: RequestPlan, clock: Clock) {
    super();
    this.#clock = clock;
    this.#rate = plan.bodyBytesPerSec ?? Infinity;
    this.#cut = new BodyCut(plan);
    this.#paidNs = clock.nowNs();
    if (this.#cut.cutsAtOnce) this.#cutOff();
  }

  /** Whether the body was cut off; known by its end. */
  get isCut(): boolean {
    return this.#isCut;
  }

  override _transform(bytes: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#isCut) return done();
    if (this.#rate === 0) return undefined;
    const whole = this.#rate === Infinity;
    const slice = whole ? bytes.length : Math.max(1, Math.floor(this.#rate / SLICES_PER_SEC));
    return this.#pass(bytes, slice, done);
  }

  override _destroy(cause: Error | null, done: (cause: Error | null) => void): void {
    this.#timer?.cancel();
    done(cause);
  }

  #pass(bytes: Buffer, sliceBytes: number, done: TransformCallback): void {
    const part = this.#cut.take(bytes.subarray(0, sliceBytes));
    if (part.bytes.length > 0) this.push(part.bytes);
    if (part.isCut) {
      this.#cutOff();
      return done();
    }
    const rest = bytes.subarray(sliceBytes);
    const waitNs = this.#waitNs(part.bytes.length);
    const goOn = (): void => (rest.length > 0 ? this.#pass(rest, sliceBytes, done) : done());
    if (waitNs <= 0) return goOn();
    this.#timer = this.#clock.after(waitNs, goOn);
    return undefined;
  }

  /** How long these bytes take at the rate: counted from when the body began, not from now. */
  #waitNs(byteLength: number): Ns {
    if (this.#rate === Infinity) return 0;
    const nowNs = this.#clock.nowNs();
    const fromNs = Math.max(this.#paidNs, nowNs - NS_PER_SEC / SLICES_PER_SEC);
    this.#paidNs = fromNs + (byteLength * NS_PER_SEC) / this.#rate;
    return this.#paidNs - nowNs;
  }

  #cutOff(): void {
    this.#isCut = true;
    this.push(null);
  }
}
