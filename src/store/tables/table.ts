import type { Column } from '../native/block.ts';

/** A table and how its rows are made. The columns that it fills by itself are not among them. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: readonly Column<Row>[];
}
