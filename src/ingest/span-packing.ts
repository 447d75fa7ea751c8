import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '../core/index.ts';

/**
 * Spans as they travel between threads. As objects, each would be written and read field by field,
 * which costs the thread that reads as much as decoding them; so all texts are one text, and all
 * numbers lie in arrays whose memory changes hands.
 */
export interface PackedSpans {
  readonly spans: number;
  /** All texts, one after another. */
  readonly text: string;
  /** The length of each text, in UTF-16 units. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Names of attributes, each once. */
  readonly names: readonly string[];
  /** For each span: what {@link SpanPacker} writes. */
  readonly numbers: Uint32Array<ArrayBuffer>;
  /** For each span its start, its duration, and the times of its events. */
  readonly times: BigInt64Array<ArrayBuffer>;
}

/** What is written before a span, since it is not that of the span before. */
const NEW_RESOURCE = 1;
const NEW_SCOPE = 2;

/** Returns the spans packed, and the memory that goes with them. */
export function packSpans(spans: readonly Span[]): {
  readonly packed: PackedSpans;
  readonly memory: readonly ArrayBuffer[];
} {
  const packer = new SpanPacker();
  for (const span of spans) packer.add(span);
  const packed = packer.packed();
  return {
    packed,
    memory: [packed.lengths.buffer, packed.numbers.buffer, packed.times.buffer],
  };
}

class SpanPacker {
  #spans = 0;
  readonly #texts: string[] = [];
  readonly #names = new Map<string, number>();
  readonly #numbers: number[] = [];
  readonly #times: bigint[] = [];
  #before: Span | undefined;

  /**
   * Resource and scope are those of the span before, or are written anew: written for each span,
   * a long name of a service would make of a small body more than a text can hold.
   */
  add(span: Span): void {
    this.#spans++;
    const { traceId, spanId, parentSpanId, traceState, name, statusMessage } = span;
    const isNewResource = !isOfSameResource(span, this.#before);
    const isNewScope = !isOfSameScope(span, this.#before);
    this.#numbers.push((isNewResource ? NEW_RESOURCE : 0) | (isNewScope ? NEW_SCOPE : 0));
    if (isNewResource) {
      this.#addAttributes(span.resourceAttributes);
      this.#texts.push(span.serviceName);
    }
    if (isNewScope) this.#texts.push(span.scopeName, span.scopeVersion);
    this.#before = span;
    this.#texts.push(traceId, spanId, parentSpanId, traceState, name, statusMessage);
    this.#numbers.push(SPAN_KINDS.indexOf(span.kind), SPAN_STATUSES.indexOf(span.status));
    this.#times.push(span.startEpochNs, span.durationNs);
    this.#addAttributes(span.attributes);
    this.#numbers.push(span.events.length, span.links.length);
    for (const event of span.events) {
      this.#times.push(event.epochNs);
      this.#texts.push(event.name);
      this.#addAttributes(event.attributes);
    }
    for (const link of span.links) {
      this.#texts.push(link.traceId, link.spanId, link.traceState);
      this.#addAttributes(link.attributes);
    }
  }

  packed(): PackedSpans {
    const lengths = new Uint32Array(this.#texts.length);
    for (const [index, text] of this.#texts.entries()) lengths[index] = text.length;
    return {
      spans: this.#spans,
      text: this.#texts.join(''),
      lengths,
      names: [...this.#names.keys()],
      numbers: new Uint32Array(this.#numbers),
      times: new BigInt64Array(this.#times),
    };
  }

  #addAttributes(attributes: Attributes): void {
    const names = Object.keys(attributes);
    this.#numbers.push(names.length);
    for (const name of names) {
      let index = this.#names.get(name);
      if (index === undefined) {
        index = this.#names.size;
        this.#names.set(name, index);
      }
      this.#numbers.push(index);
      this.#texts.push(attributes[name] ?? '');
    }
  }
}

function isOfSameResource(span: Span, before: Span | undefined): boolean {
  return (
    before?.resourceAttributes === span.resourceAttributes &&
    before.serviceName === span.serviceName
  );
}

function isOfSameScope(span: Span, before: Span | undefined): boolean {
  return before?.scopeName === span.scopeName && before.scopeVersion === span.scopeVersion;
}

/** Yields the spans again, one by one, so that the caller may rest between them. */
export function* unpackSpans(packed: PackedSpans): Generator<Span, void, undefined> {
  const reader = new PackedReader(packed);
  let resourceAttributes: Attributes = {};
  let [serviceName, scopeName, scopeVersion] = ['', '', ''];
  for (let i = 0; i < packed.spans; i++) {
    const flags = reader.number();
    if (flags & NEW_RESOURCE)
      [resourceAttributes, serviceName] = [reader.attributes(), reader.text()];
    if (flags & NEW_SCOPE) [scopeName, scopeVersion] = [reader.text(), reader.text()];
    // In the order in which it was written.
    const span = {
      traceId: reader.text(),
      spanId: reader.text(),
      parentSpanId: reader.text(),
      traceState: reader.text(),
      name: reader.text(),
      serviceName,
      statusMessage: reader.text(),
      scopeName,
      scopeVersion,
      kind: SPAN_KINDS[reader.number()] ?? 'Unspecified',
      status: SPAN_STATUSES[reader.number()] ?? 'Unset',
      startEpochNs: reader.time(),
      durationNs: reader.time(),
      resourceAttributes,
      attributes: reader.attributes(),
      events: NONE as readonly SpanEvent[],
      links: NONE as readonly SpanLink[],
    };
    const [events, links] = [reader.number(), reader.number()];
    if (events > 0) span.events = reader.events(events);
    if (links > 0) span.links = reader.links(links);
    yield span;
  }
}

const NONE: readonly never[] = [];

/** Reads what {@link SpanPacker} wrote, in the same order. */
class PackedReader {
  readonly #packed: PackedSpans;
  #textStart = 0;
  #text = 0;
  #number = 0;
  #time = 0;

  constructor(packed: PackedSpans) {
    this.#packed = packed;
  }

  text(): string {
    const start = this.#textStart;
    this.#textStart += this.#packed.lengths[this.#text++] ?? 0;
    return this.#packed.text.slice(start, this.#textStart);
  }

  number(): number {
    return this.#packed.numbers[this.#number++] ?? 0;
  }

  time(): bigint {
    return this.#packed.times[this.#time++] ?? 0n;
  }

  attributes(): Attributes {
    const attributes: Record<string, string> = {};
    for (let left = this.number(); left > 0; left--) {
      const name = this.#packed.names[this.number()] ?? '';
      // Assigned to, it would be the prototype.
      if (name === '__proto__') defineText(attributes, name, this.text());
      else attributes[name] = this.text();
    }
    return attributes;
  }

  events(count: number): readonly SpanEvent[] {
    return Array.from({ length: count }, () => this.#event());
  }

  links(count: number): readonly SpanLink[] {
    return Array.from({ length: count }, () => this.#link());
  }

  #event(): SpanEvent {
    return { epochNs: this.time(), name: this.text(), attributes: this.attributes() };
  }

  #link(): SpanLink {
    return {
      traceId: this.text(),
      spanId: this.text(),
      traceState: this.text(),
      attributes: this.attributes(),
    };
  }
}

function defineText(into: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(into, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
