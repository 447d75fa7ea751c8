import {
  invariant,
  spanKindOf,
  spanStatusOf,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '../core/index.ts';
import {
  columnsOf,
  lengthBytes,
  varintAt,
  type Arrays,
  type Cursor,
  type Maps,
  type TextCursor,
  type Words,
} from './block-columns.ts';
import { encodeBlock } from './block.ts';
import { ByteWriter } from './byte-writer.ts';
import { SPAN_TABLE, type SpanBlock } from './span-table.ts';

const WRITER_BYTES = 64 * 1_024;

/** Returns a block by its bytes, which say how many rows it has. */
export function spanBlockOf(bytes: Buffer<ArrayBuffer>): SpanBlock {
  return { bytes, rows: varintAt(bytes, lengthBytes(bytes, 0)) };
}

/** Returns spans as a block whose memory is nobody else's. */
export function spanBlock(spans: readonly Span[]): SpanBlock {
  const block = encodeBlock(new ByteWriter(WRITER_BYTES), SPAN_TABLE.columns, spans);
  const bytes = Buffer.allocUnsafeSlow(block.length);
  block.copy(bytes);
  return { rows: spans.length, bytes };
}

/** Yields the spans of a block, one by one, so that the caller may rest between them. */
export function* spansOf(block: SpanBlock): Generator<Span, void, undefined> {
  const columns = columnsOf(block);
  const text = (name: string): TextCursor => columns.get(name) as TextCursor;
  const maps = (name: string): Maps => columns.get(name) as Maps;
  const times = columns.get('Timestamp') as Words;
  const durations = columns.get('Duration') as Words;
  const [traceIds, spanIds, parentIds] = [text('TraceId'), text('SpanId'), text('ParentSpanId')];
  const [states, names, kinds] = [text('TraceState'), text('SpanName'), text('SpanKind')];
  const [services, resources] = [text('ServiceName'), maps('ResourceAttributes')];
  const [scopes, versions] = [text('ScopeName'), text('ScopeVersion')];
  const [attributes, codes, messages] = [
    maps('SpanAttributes'),
    text('StatusCode'),
    text('StatusMessage'),
  ];
  const events = nested<SpanEvent>(columns, 'Events', (cursor) => ({
    epochNs: (cursor('Timestamp') as Words).next(),
    name: (cursor('Name') as TextCursor).next(),
    attributes: (cursor('Attributes') as Maps).next(),
  }));
  const links = nested<SpanLink>(columns, 'Links', (cursor) => ({
    traceId: (cursor('TraceId') as TextCursor).next(),
    spanId: (cursor('SpanId') as TextCursor).next(),
    traceState: (cursor('TraceState') as TextCursor).next(),
    attributes: (cursor('Attributes') as Maps).next(),
  }));
  for (let row = 0; row < block.rows; row++) {
    yield {
      traceId: traceIds.next(),
      spanId: spanIds.next(),
      parentSpanId: parentIds.next(),
      traceState: states.next(),
      name: names.next(),
      kind: spanKindOf(kinds.next()) ?? 'Unspecified',
      serviceName: services.next(),
      startEpochNs: times.next(),
      durationNs: durations.next(),
      status: spanStatusOf(codes.next()) ?? 'Unset',
      statusMessage: messages.next(),
      resourceAttributes: resources.next(),
      attributes: attributes.next(),
      scopeName: scopes.next(),
      scopeVersion: versions.next(),
      events: events(),
      links: links(),
    };
  }
}

/** Returns what reads the next row of a group of columns that hold an array each. */
function nested<Item>(
  columns: ReadonlyMap<string, Cursor>,
  group: 'Events' | 'Links',
  itemOf: (cursor: (name: string) => Cursor) => Item,
): () => readonly Item[] {
  const arrays = new Map(
    [...columns].flatMap(([name, cursor]) =>
      name.startsWith(`${group}.`) ? [[name.slice(group.length + 1), cursor as Arrays]] : [],
    ),
  );
  const [first, ...others] = arrays.values();
  invariant(first, `${group} have columns`);
  const cursor = (name: string): Cursor => (arrays.get(name) as Arrays).items;
  return () => {
    const length = first.nextLength();
    for (const other of others) other.nextLength();
    return length === 0 ? NONE : Array.from({ length }, () => itemOf(cursor));
  };
}

const NONE: readonly never[] = [];
