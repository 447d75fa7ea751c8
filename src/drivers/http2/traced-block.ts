import {
  type CallNumbers,
  type IdPlace,
  type RunIds,
  type TraceField,
  writeDecimalId,
  writeIds,
} from '../../trace/index.ts';
import { headerBlock } from './header-block.ts';

/**
 * The fields of the trace context, which end every block of a target's calls: worked out once,
 * however many blocks there are.
 *
 *     fields │ traceparent ...ids... │ x-datadog-trace-id n digits │ x-datadog-parent-id m digits │
 *             ◄──── fixedBytes ─────►
 *
 * Of what is written with fewer digits in one call than in another a value of HTTP/2 cannot be
 * filled up with blanks: such fields stand last, and the block of a call ends behind them.
 */
export interface BlockEnd {
  /** With room for the numbers at their longest. */
  readonly bytes: Buffer;
  readonly fixedBytes: number;
  /** Where ids go in the fixed bytes. */
  readonly places: readonly IdPlace[];
  readonly numbers: readonly NumberField[];
}

/** A field whose value is a number. */
interface NumberField {
  readonly part: IdPlace['part'];
  /** Its first bytes: that it is a literal, and its name. */
  readonly begin: Buffer;
}

/** Returns the end of blocks that carry these fields. */
export function blockEnd(trace: readonly TraceField[]): BlockEnd {
  const blocks: Buffer[] = [];
  const places: IdPlace[] = [];
  const numbers: NumberField[] = [];
  let [fixedBytes, room] = [0, 0];
  for (const { name, value, places: inValue } of trace) {
    const [first] = inValue;
    if (first?.part.isVariable === true) {
      const begin = headerBlock([[name, '']]).subarray(0, -1);
      numbers.push({ part: first.part, begin });
      room += begin.length + 1 + first.part.bytes;
      continue;
    }
    const block = headerBlock([[name, value]]);
    blocks.push(block);
    fixedBytes += block.length;
    const valueAt = fixedBytes - value.length;
    places.push(...inValue.map(({ part, offset }) => ({ part, offset: valueAt + offset })));
  }
  return { bytes: Buffer.concat([...blocks, Buffer.alloc(room)]), fixedBytes, places, numbers };
}

/** A block of fields, built once, in which the ids of each call are written in place. */
export class TracedBlock {
  readonly #bytes: Buffer;
  readonly #end: BlockEnd;
  readonly #endAt: number;

  constructor(fields: readonly (readonly [name: string, value: string])[], end: BlockEnd) {
    const block = headerBlock(fields);
    this.#bytes = Buffer.concat([block, end.bytes]);
    this.#end = end;
    this.#endAt = block.length;
  }

  /** Returns the block of a call; valid until the next one's. */
  withIds(ids: RunIds, call: CallNumbers): Buffer {
    writeIds(this.#end.places, ids, call, this.#bytes, this.#endAt);
    return this.#end.numbers.length === 0 ? this.#bytes : this.#withNumbers(ids, call);
  }

  #withNumbers(ids: RunIds, call: CallNumbers): Buffer {
    const bytes = this.#bytes;
    let at = this.#endAt + this.#end.fixedBytes;
    for (const { begin, part } of this.#end.numbers) {
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
