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
export { DictionaryColumn, textHash } from './dictionary-column.ts';
export { IDENTITY_WORDS, identitiesAt, identitiesOf, kindWord } from './span-identities.ts';
export { SPAN_TABLE, type SpanBlock } from './span-table.ts';
export { spanBlock, spanBlockOf, spansOf } from './span-block.ts';
export { pickedRows } from './picked-rows.ts';
export {
  FAILED,
  FAULTED,
  forEachTrace,
  ROOT,
  runHashOf,
  traceFactsOf,
  type RowTrace,
  type TraceFacts,
} from './trace-facts.ts';
export { StorableStarts } from './storable-starts.ts';
