import {
  type CallNumbers,
  type IdPlace,
  type RunIds,
  type TraceField,
  writeDecimalId,
  writeIds,
} from '../../trace/index.ts';
import { headerBlock } from './header-block.ts';

/** A field at the end of a block whose value is a number of a different length in each call. */
interface NumberField {
  readonly part: IdPlace['part'];
  /** Its first bytes: that it is a literal, and its name. */
  readonly begin: Buffer;
}

/**
 * A block of fields, built once, in which the ids of each call are written in place. Of what is
 * written with fewer digits in one call than in another a value of HTTP/2 cannot be filled up with
 * blanks: it stands at the end, and the block of a call ends behind it.
 *
 *     fields │ traceparent ...ids... │ x-datadog-trace-id n digits │ x-datadog-parent-id m digits │
 *     ◄── #fixedBytes ──────────────►
 */
export class TracedBlock {
  readonly #bytes: Buffer;
  readonly #fixedBytes: number;
  readonly #places: readonly IdPlace[];
  readonly #numbers: readonly NumberField[];

  constructor(
    fields: readonly (readonly [name: string, value: string])[],
    trace: readonly TraceField[],
  ) {
    const isNumber = ({ places }: TraceField): boolean => places[0]?.part.isVariable === true;
    const inPlace = trace.filter((field) => !isNumber(field));
    const all = [...fields, ...inPlace.map(({ name, value }) => [name, value] as const)];
    const patched = inPlace.flatMap(({ name, places }) => (places.length > 0 ? [name] : []));
    const { bytes, valueOffsets } = headerBlock(all, patched);
    this.#fixedBytes = bytes.length;
    this.#places = inPlace.flatMap(({ name, places }) =>
      places.map(({ part, offset }) => ({ part, offset: offset + (valueOffsets.get(name) ?? 0) })),
    );
    this.#numbers = trace.filter(isNumber).flatMap(({ name, places }) =>
      places.map(({ part }) => ({
        part,
        begin: headerBlock([[name, '']]).bytes.subarray(0, -1),
      })),
    );
    const room = this.#numbers.map(({ begin, part }) => begin.length + 1 + part.bytes);
    this.#bytes =
      room.length === 0
        ? bytes
        : Buffer.concat([bytes, Buffer.alloc(room.reduce((sum, length) => sum + length))]);
  }

  /** Returns the block of a call; valid until the next one's. */
  withIds(ids: RunIds, call: CallNumbers): Buffer {
    writeIds(this.#places, ids, call, this.#bytes);
    return this.#numbers.length === 0 ? this.#bytes : this.#withNumbers(ids, call);
  }

  #withNumbers(ids: RunIds, call: CallNumbers): Buffer {
    const bytes = this.#bytes;
    let at = this.#fixedBytes;
    for (const { begin, part } of this.#numbers) {
      at += begin.copy(bytes, at);
      const end = at + 1 + part.bytes;
      const digitsAt = writeDecimalId(part, ids, call, bytes, end);
      bytes[at] = end - digitsAt;
      bytes.copyWithin(at + 1, digitsAt, end);
      at += 1 + end - digitsAt;
    }
    return bytes.subarray(0, at);
  }
}
