export { column, encodeBlock, type Column, type Table } from './block.ts';
export { ByteWriter } from './byte-writer.ts';
export {
  array,
  attributes,
  bigUint64,
  bool,
  dateTime,
  dateTime64,
  string,
  uint32,
  uint64,
  type Codec,
} from './codec.ts';
export { SPAN_TABLE } from './span-table.ts';
export {
  IDENTITY_WORDS,
  identitiesOf,
  spanBlock,
  spanBlockOf,
  spansOf,
  type SpanBlock,
} from './span-block.ts';
export { StorableStarts } from './storable-starts.ts';
