import type { ByteWriter } from './byte-writer.ts';
import type { Codec } from './codec.ts';

/** One column of a table and how it is filled from a row of type `Row`. */
export interface Column<Row> {
  readonly name: string;
  readonly type: string;
  readonly write: (out: ByteWriter, rows: readonly Row[]) => void;
}

/** A table and how its rows are made. The columns that it fills by itself are not among them. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
}

/** Returns a column that holds `valueOf(row)` for every row. */
export function column<Row, T>(
  name: string,
  codec: Codec<T>,
  valueOf: (row: Row) => T,
): Column<Row> {
  return {
    name,
    type: codec.type,
    write: (out, rows) => codec.write(out, rows.map(valueOf)),
  };
}

/**
 * Returns the rows as one block of ClickHouse's Native format, in the memory of the writer, which
 * is cleared first:
 *
 *   column count │ row count │ name │ type │ values of all rows │ name │ type │ ...
 *
 * An insert of it costs a tenth of the same rows as JSON, on both sides.
 * @see https://clickhouse.com/docs/interfaces/formats/Native
 */
export function encodeBlock<Row>(
  out: ByteWriter,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Buffer {
  out.clear();
  out.varint(columns.length);
  out.varint(rows.length);
  for (const { name, type, write } of columns) {
    out.text(name);
    out.text(type);
    write(out, rows);
  }
  return out.bytes();
}
