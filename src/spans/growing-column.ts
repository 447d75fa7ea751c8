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
    if (this.#length === this.#array.length) {
      const buffer = this.#array.buffer as ArrayBuffer;
      const bytes = Math.ceil((buffer.byteLength * 1.5) / 8) * 8;
      this.#array = new this.#of(buffer.transfer(bytes));
    }
    this.#array[this.#length++] = value;
  }

  /** Returns what was pushed, not copied: valid until the next push. */
  values(): A {
    return this.#array.subarray(0, this.#length) as A;
  }
}

const BYTES_AT_FIRST = 1_024;
