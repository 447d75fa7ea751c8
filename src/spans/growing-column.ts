type NumberArray = Uint8Array | Uint32Array | Float64Array;
type BigArray = BigUint64Array | BigInt64Array;
type ColumnArray = NumberArray | BigArray;

/** A typed array that grows by half when it is full. */
export class GrowingColumn<A extends ColumnArray> {
  readonly #of: new (buffer: ArrayBuffer) => A;
  #array: A;
  #length = 0;

  constructor(of: new (buffer: ArrayBuffer) => A) {
    this.#of = of;
    this.#array = new of(new ArrayBuffer(BYTES_AT_FIRST));
  }

  get length(): number {
    return this.#length;
  }

  push(value: A[number]): void {
    if (this.#length === this.#array.length) this.#grow(this.#length + 1);
    this.#array[this.#length++] = value;
  }

  pushAll(values: ArrayLike<A[number]>): void {
    const length = this.#length + values.length;
    if (length > this.#array.length) this.#grow(length);
    // Whole columns come, and pairs; a call out of JavaScript is not worth it for the latter.
    if (values.length < COPIED_BY_HAND) {
      for (let i = 0; i < values.length; i++) {
        this.#array[this.#length + i] = values[i] as A[number];
      }
    } else this.#array.set(values as never, this.#length);
    this.#length = length;
  }

  #grow(length: number): void {
    const buffer = this.#array.buffer as ArrayBuffer;
    const wanted = Math.max(buffer.byteLength * 1.5, length * this.#array.BYTES_PER_ELEMENT);
    this.#array = new this.#of(buffer.transfer(Math.ceil(wanted / 8) * 8));
  }

  /** Returns what was pushed, not copied: valid until the next push. */
  values(): A {
    return this.#array.subarray(0, this.#length) as A;
  }
}

const BYTES_AT_FIRST = 1_024;
const COPIED_BY_HAND = 32;
