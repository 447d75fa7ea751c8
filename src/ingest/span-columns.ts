import { invariant } from '../core/index.ts';
import { ByteWriter, SPAN_TABLE, type SpanBlock } from '../native/index.ts';
import type { MapColumn } from './attribute-list.ts';

/** Of a column, to begin with; it doubles as it fills. */
const COLUMN_BYTES = 1_024;

const text = (): ByteWriter => new ByteWriter(COLUMN_BYTES);
const map = (): MapColumn => ({ ends: text(), keys: text(), values: text() });

/** The columns of the table of spans, while rows are added to them. */
export class SpanColumns {
  readonly start = text();
  readonly traceId = text();
  readonly spanId = text();
  readonly parentSpanId = text();
  readonly traceState = text();
  readonly name = text();
  readonly kind = text();
  readonly serviceName = text();
  readonly resource = map();
  readonly scopeName = text();
  readonly scopeVersion = text();
  readonly attributes = map();
  readonly duration = text();
  readonly status = text();
  readonly statusMessage = text();
  readonly eventEnds = text();
  readonly eventTimes = text();
  readonly eventNames = text();
  readonly eventAttributes = map();
  readonly linkEnds = text();
  readonly linkTraceIds = text();
  readonly linkSpanIds = text();
  readonly linkTraceStates = text();
  readonly linkAttributes = map();
  readonly #byName: ReadonlyMap<string, readonly ByteWriter[]> = new Map([
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
  readonly #writers = [...new Set([...this.#byName.values()].flat())];
  readonly #marks = this.#writers.map(() => 0);

  /** Remembers where the columns end, for {@link goBack}. */
  mark(): void {
    const writers = this.#writers;
    for (let i = 0; i < writers.length; i++) this.#marks[i] = writers[i]?.length ?? 0;
  }

  /** Forgets what was written since the last {@link mark}. */
  goBack(): void {
    for (const [index, writer] of this.#writers.entries()) writer.truncate(this.#marks[index] ?? 0);
  }

  /** Returns the rows as a block in the Native format, whose memory is nobody else's. */
  block(rows: number): SpanBlock {
    const head = text();
    head.varint(SPAN_TABLE.columns.length);
    head.varint(rows);
    const parts: Uint8Array[] = [new Uint8Array(head.bytes())];
    for (const { name, type } of SPAN_TABLE.columns) {
      head.clear();
      head.text(name);
      head.text(type);
      parts.push(new Uint8Array(head.bytes()));
      const writers = this.#byName.get(name);
      invariant(writers, `the column ${name} is filled`);
      for (const writer of writers) parts.push(writer.bytes());
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const bytes = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { rows, bytes };
  }
}

function writersOf({ ends, keys, values }: MapColumn): readonly ByteWriter[] {
  return [ends, keys, values];
}
