import { invariant, SPAN_KINDS, SPAN_STATUSES } from '../core/index.ts';
import {
  ByteWriter,
  DictionaryColumn,
  identitiesAt,
  kindWord,
  SPAN_TABLE,
  textHash,
  type SpanBlock,
} from '../native/index.ts';
import type { MapColumn, SharedMapColumn } from './attribute-list.ts';

/** Of a column, to begin with; it doubles as it fills. */
const COLUMN_BYTES = 1_024;
/** Of what is kept of a column for the next request: more than one of 2,000 spans fills. */
const KEPT_BYTES = 2 ** 20;
const KEPT_ROWS = 2 ** 16;

const text = (): ByteWriter => new ByteWriter(COLUMN_BYTES);
const dictionary = (): DictionaryColumn => new DictionaryColumn();
const map = (): MapColumn => ({ ends: text(), keys: dictionary(), values: text() });

type Writer = ByteWriter | DictionaryColumn;

/**
 * The columns of the table of spans, while rows are added to them. Texts that come again and again
 * are numbers into a dictionary, also where the table has a plain text: the server casts them.
 */
export class SpanColumns {
  readonly start = text();
  readonly traceId = text();
  readonly spanId = text();
  readonly parentSpanId = text();
  readonly traceState = text();
  readonly name = dictionary();
  readonly kind = dictionary();
  readonly serviceName = dictionary();
  readonly resource: SharedMapColumn = {
    ends: text(),
    keys: dictionary(),
    values: dictionary(),
  };
  readonly scopeName = dictionary();
  readonly scopeVersion = dictionary();
  readonly attributes = map();
  readonly duration = text();
  readonly status = dictionary();
  readonly statusMessage = text();
  readonly eventEnds = text();
  readonly eventTimes = text();
  readonly eventNames = dictionary();
  readonly eventAttributes = map();
  readonly linkEnds = text();
  readonly linkTraceIds = text();
  readonly linkSpanIds = text();
  readonly linkTraceStates = text();
  readonly linkAttributes = map();
  readonly #byName: ReadonlyMap<string, readonly Writer[]> = new Map<string, readonly Writer[]>([
    ['Timestamp', [this.start]],
    ['TraceId', [this.traceId]],
    ['SpanId', [this.spanId]],
    ['ParentSpanId', [this.parentSpanId]],
    ['TraceState', [this.traceState]],
    ['SpanName', [this.name]],
    ['SpanKind', [this.kind]],
    ['ServiceName', [this.serviceName]],
    ['ResourceAttributes', writersOf(this.resource)],
    ['ScopeName', [this.scopeName]],
    ['ScopeVersion', [this.scopeVersion]],
    ['SpanAttributes', writersOf(this.attributes)],
    ['Duration', [this.duration]],
    ['StatusCode', [this.status]],
    ['StatusMessage', [this.statusMessage]],
    ['Events.Timestamp', [this.eventEnds, this.eventTimes]],
    ['Events.Name', [this.eventEnds, this.eventNames]],
    ['Events.Attributes', [this.eventEnds, ...writersOf(this.eventAttributes)]],
    ['Links.TraceId', [this.linkEnds, this.linkTraceIds]],
    ['Links.SpanId', [this.linkEnds, this.linkSpanIds]],
    ['Links.TraceState', [this.linkEnds, this.linkTraceStates]],
    ['Links.Attributes', [this.linkEnds, ...writersOf(this.linkAttributes)]],
  ]);
  readonly #columns = SPAN_TABLE.columns.map(({ name, type }) => {
    const writers = this.#byName.get(name);
    invariant(writers, `the column ${name} is filled`);
    return { name, writers, head: headOf(name, type, writers) };
  });
  readonly #writers = [...new Set(this.#columns.flatMap(({ writers }) => writers))];
  readonly #marks = this.#writers.map(() => 0);

  constructor() {
    this.clear();
  }

  /** Forgets all rows, and keeps the memory for the next ones, but not that of a large request. */
  clear(): void {
    for (const writer of this.#writers) {
      writer.clear(writer instanceof ByteWriter ? KEPT_BYTES : KEPT_ROWS);
    }
    // So that their numbers are those of OTLP.
    for (const kind of SPAN_KINDS) numberOfText(this.kind, kind);
    for (const status of SPAN_STATUSES) numberOfText(this.status, status);
  }

  /** Remembers where the columns end, for {@link goBack}. */
  mark(): void {
    const writers = this.#writers;
    for (let i = 0; i < writers.length; i++) this.#marks[i] = writers[i]?.length ?? 0;
  }

  /** Forgets what was written since the last {@link mark}. */
  goBack(): void {
    for (const [index, writer] of this.#writers.entries()) writer.truncate(this.#marks[index] ?? 0);
  }

  /**
   * Returns the rows as a block in the Native format, whose memory is nobody else's, and their
   * identities.
   */
  block(rows: number): {
    readonly block: SpanBlock;
    readonly identities: Uint32Array<ArrayBuffer>;
  } {
    const head = text();
    head.varint(SPAN_TABLE.columns.length);
    head.varint(rows);
    const length = this.#columns.reduce(
      (sum, column) => column.writers.reduce((s, w) => s + bytesIn(w), sum + column.head.length),
      head.length,
    );
    const bytes = Buffer.allocUnsafeSlow(length);
    let at = head.bytes().copy(bytes);
    const starts = new Map<string, number>();
    for (const column of this.#columns) {
      at += column.head.copy(bytes, at);
      starts.set(column.name, at);
      for (const writer of column.writers) {
        if (writer instanceof ByteWriter) at += writer.bytes().copy(bytes, at);
        else at = writer.writeTo(bytes, at);
      }
    }
    invariant(at === length, 'a block has the length of its columns');
    const startOf = (name: string): number => starts.get(name) ?? 0;
    const identities = identitiesAt(bytes, rows, {
      traceId: startOf('TraceId'),
      spanId: startOf('SpanId'),
      start: startOf('Timestamp'),
      duration: startOf('Duration'),
      kindOf: (row) => KIND_WORDS[this.kind.at(row)] ?? 0,
    });
    return { block: { rows, bytes }, identities };
  }
}

const KIND_WORDS = SPAN_KINDS.map((kind) => kindWord(kind.length, kind.charCodeAt(0)));

function writersOf({ ends, keys, values }: MapColumn | SharedMapColumn): readonly Writer[] {
  return [ends, keys, values];
}

function bytesIn(writer: Writer): number {
  return writer instanceof ByteWriter ? writer.length : writer.byteLength;
}

/** Returns what stands before a column: its name, its type, and what announces dictionaries. */
function headOf(name: string, type: string, writers: readonly Writer[]): Buffer {
  const texts = writers.slice(-(type.match(/String/gu)?.length ?? 0) || writers.length);
  let next = 0;
  const ownType = type.replaceAll('String', () =>
    texts[next++] instanceof DictionaryColumn ? 'LowCardinality(String)' : 'String',
  );
  const head = text();
  head.text(name);
  head.text(ownType);
  for (const writer of writers) {
    if (writer instanceof DictionaryColumn) {
      head.copy(DictionaryColumn.PREFIX, 0, DictionaryColumn.PREFIX.length);
    }
  }
  return Buffer.from(head.bytes());
}

/** Returns the number of a text in a column's dictionary. */
export function numberOfText(column: DictionaryColumn, value: string): number {
  const bytes = Buffer.from(value);
  return column.numberOf(bytes, 0, bytes.length, textHash(bytes, 0, bytes.length));
}
