import {
  SPAN_KINDS,
  SPAN_STATUSES,
  spanWeightOf,
  type Span,
  type SpanKind,
  type SpanStatus,
} from '../core/index.ts';
import { GrowingColumn } from './growing-column.ts';
import { spanIdAt, writeSpanId } from './span-ids.ts';
import { placeSpans, type SpanColumns } from './table-parents.ts';

export { NO_PARENT, PARENT_MISSING } from './table-parents.ts';

/**
 * Spans of many traces as columns: entry `i` of every column is span `i`. The spans of a trace lie
 * together, by their starts as recorded; each is there once, however often it was delivered. Traces
 * stand by their ids, so that what is drawn of them by a seed is the same in every order. Texts
 * are numbers into `names`; 0 is the empty text. A million spans take about 100 MB with a dozen
 * attributes each.
 */
export interface SpanTable {
  readonly spanCount: number;
  readonly traceCount: number;
  /** The spans of trace `t` are `traceStarts[t]` up to `traceStarts[t + 1]`. */
  readonly traceStarts: Uint32Array;
  readonly traceIds: readonly string[];
  readonly spanIds: BigUint64Array;
  /** The span above, in this table; or {@link NO_PARENT}, {@link PARENT_MISSING}. No cycles. */
  readonly parents: Int32Array;
  readonly names: readonly string[];
  readonly services: Uint32Array;
  readonly operations: Uint32Array;
  /** What runs the service: its pod, else `service.instance.id`, else its host. */
  readonly instances: Uint32Array;
  /** Whose clock it is: `host.id`, `host.name`, else 0. */
  readonly hosts: Uint32Array;
  /** Positions in `SPAN_KINDS`. */
  readonly kinds: Uint8Array;
  /** Positions in `SPAN_STATUSES`. */
  readonly statuses: Uint8Array;
  /** Ns since `originEpochNs`, by the recording host's clock. */
  readonly startsNs: Float64Array;
  readonly originEpochNs: bigint;
  /** Ns; 0 where the times are invalid: no start, or an end before it. */
  readonly durationsNs: Float64Array;
  readonly invalidCount: number;
  /** How many spans each stands for: 1, or more where its trace is of a sample. */
  readonly weights: Float64Array;
  /**
   * Attributes of span `i`, its resource's too, from `attributeStarts[i]` up to the next span's.
   */
  readonly attributeStarts: Uint32Array;
  readonly attributeKeys: Uint32Array;
  readonly attributeValues: Uint32Array;
}

/** One span as a reader hands it to {@link SpanTableBuilder}. */
export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  /** '' for a root. */
  readonly parentSpanId: string;
  readonly serviceName: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly startEpochNs: bigint;
  readonly durationNs: bigint;
  /** Says how many spans it stands for, by `spanWeightOf`: 1 where left out. */
  readonly traceState?: string;
  readonly attributes: Span['attributes'];
  readonly resourceAttributes: Span['attributes'];
}

/**
 * Which attributes of spans a table has: all, those of resources too, or the spans' own with these
 * keys. Without `places` it knows neither hosts nor instances: nothing is read of resources then.
 */
export type AttributeChoice =
  | 'all'
  | { readonly keys: readonly string[]; readonly places: boolean };

/** What made spans, its texts as numbers of the builder. */
export interface NumberedResource {
  readonly instance: number;
  readonly host: number;
  readonly keys: Uint32Array;
  readonly values: Uint32Array;
}

/** Spans as columns, their texts as numbers of the builder; an entry of each is one span. */
export interface NumberedSpans {
  readonly count: number;
  /** By {@link SpanTableBuilder.traceNumber}. */
  readonly traces: Uint32Array;
  /** Two entries a span, as `spanIdsInto` writes them. */
  readonly ids: Uint32Array;
  /** Likewise; 0 where there is no parent. */
  readonly parentIds: Uint32Array;
  /** 1 where the span names a parent. */
  readonly hasParent: Uint8Array;
  readonly services: Uint32Array;
  readonly operations: Uint32Array;
  /** Positions in `SPAN_KINDS`. */
  readonly kinds: Uint8Array;
  /** Positions in `SPAN_STATUSES`. */
  readonly statuses: Uint8Array;
  readonly startsEpochNs: BigInt64Array;
  readonly durationsNs: BigInt64Array;
  readonly weights: Float64Array;
  readonly resources: readonly NumberedResource[];
  /** Where the span's own attributes end; they begin where those of the one before do. */
  readonly attributeEnds: Uint32Array;
  readonly attributeKeys: Uint32Array;
  readonly attributeValues: Uint32Array;
}

/**
 * Gathers rows into a {@link SpanTable}: rows may come in any order, and more than once. Nothing is
 * kept of a row but its entries in the columns. An id that is no hex of at most 16 digits is kept
 * as a hash of its text.
 */
export class SpanTableBuilder {
  readonly #texts = new Texts();
  readonly #traceNumbers = new Map<string, number>();
  readonly #traceIds: string[] = [];
  readonly #traces = new GrowingColumn(Uint32Array);
  readonly #ids = new GrowingColumn(Uint32Array);
  readonly #parentIds = new GrowingColumn(Uint32Array);
  readonly #hasParent = new GrowingColumn(Uint8Array);
  readonly #services = new GrowingColumn(Uint32Array);
  readonly #operations = new GrowingColumn(Uint32Array);
  readonly #instances = new GrowingColumn(Uint32Array);
  readonly #hosts = new GrowingColumn(Uint32Array);
  readonly #kinds = new GrowingColumn(Uint8Array);
  readonly #statuses = new GrowingColumn(Uint8Array);
  readonly #starts = new GrowingColumn(BigInt64Array);
  readonly #durations = new GrowingColumn(Float64Array);
  readonly #weights = new GrowingColumn(Float64Array);
  readonly #attributeStarts = new GrowingColumn(Uint32Array);
  readonly #keys = new GrowingColumn(Uint32Array);
  readonly #values = new GrowingColumn(Uint32Array);
  readonly #resources = new WeakMap<Span['attributes'], NumberedResource>();
  /** The halves of one id. */
  readonly #id = new Uint32Array(2);
  readonly #choice: AttributeChoice;
  /** The keys that are kept, by number; undefined for all. */
  readonly #chosen: ReadonlySet<number> | undefined;

  /** What is not chosen of the attributes that come is left out. */
  constructor(choice: AttributeChoice = 'all') {
    this.#choice = choice;
    if (choice === 'all') return;
    this.#chosen = new Set(choice.keys.map((key) => this.#texts.numberOf(key)));
  }

  /** Takes one span; an attribute of its own stands before one of its resource. */
  add(row: SpanRow): void {
    const texts = this.#texts;
    const { attributes, startEpochNs, durationNs } = row;
    const resource = this.resourceOf(row.resourceAttributes);
    this.#traces.push(this.traceNumber(row.traceId));
    for (const [column, id] of [
      [this.#ids, row.spanId],
      [this.#parentIds, row.parentSpanId],
    ] as const) {
      writeSpanId(this.#id, 0, id);
      column.pushAll(this.#id);
    }
    this.#hasParent.push(row.parentSpanId === '' ? 0 : 1);
    this.#services.push(texts.numberOf(row.serviceName));
    this.#operations.push(texts.numberOf(row.name));
    this.#kinds.push(SPAN_KINDS.indexOf(row.kind));
    this.#statuses.push(SPAN_STATUSES.indexOf(row.status));
    this.#starts.push(startEpochNs);
    this.#durations.push(Number(durationNs));
    this.#weights.push(spanWeightOf(row.traceState ?? ''));
    this.#beginAttributes(resource);
    for (const key in attributes) {
      const number = texts.numberOf(key);
      if (this.#chosen?.has(number) === false) continue;
      this.#keys.push(number);
      this.#values.push(texts.numberOf(attributes[key] ?? ''));
    }
    this.#addResource(resource);
  }

  /**
   * Takes spans whose texts are numbers already, for a reader that meets the same ones again and
   * again. Of two attributes of one key the first is kept.
   */
  addAll(spans: NumberedSpans): void {
    this.#traces.pushAll(spans.traces);
    this.#ids.pushAll(spans.ids);
    this.#parentIds.pushAll(spans.parentIds);
    this.#hasParent.pushAll(spans.hasParent);
    this.#services.pushAll(spans.services);
    this.#operations.pushAll(spans.operations);
    this.#kinds.pushAll(spans.kinds);
    this.#statuses.pushAll(spans.statuses);
    this.#starts.pushAll(spans.startsEpochNs);
    this.#durations.pushAll(Float64Array.from(spans.durationsNs, Number));
    this.#weights.pushAll(spans.weights);
    const { attributeEnds, attributeKeys, attributeValues } = spans;
    let from = 0;
    spans.resources.forEach((resource, span) => {
      const to = attributeEnds[span] ?? 0;
      this.#beginAttributes(resource);
      for (let i = from; i < to; i++) {
        const key = attributeKeys[i] ?? 0;
        if (this.#chosen?.has(key) === false) continue;
        let before = from;
        while (before < i && attributeKeys[before] !== key) before++;
        if (before < i) continue;
        this.#keys.push(key);
        this.#values.push(attributeValues[i] ?? 0);
      }
      this.#addResource(resource);
      from = to;
    });
  }

  /** Returns the number that a text has, or gets, among the names of the table. */
  numberOf(text: string): number {
    return this.#texts.numberOf(text);
  }

  /** Returns the text of a number. */
  text(number: number): string {
    return this.#texts.all[number] ?? '';
  }

  /** Returns the number that a trace has, or gets, by its id. */
  traceNumber(traceId: string): number {
    const known = this.#traceNumbers.get(traceId);
    if (known !== undefined) return known;
    this.#traceNumbers.set(traceId, this.#traceIds.length);
    return this.#traceIds.push(traceId) - 1;
  }

  /** Returns a resource by its numbers: readers hand over one object for all its spans. */
  resourceOf(attributes: Span['attributes']): NumberedResource {
    const known = this.#resources.get(attributes);
    if (known !== undefined) return known;
    const texts = this.#texts;
    const hasPlaces = this.#choice === 'all' || this.#choice.places;
    const kept = this.#choice === 'all' ? Object.entries(attributes) : [];
    const { host, instance } = hasPlaces ? placeOf(attributes) : NO_PLACE;
    const resource = {
      instance: texts.numberOf(instance),
      host: texts.numberOf(host),
      keys: Uint32Array.from(kept, ([key]) => texts.numberOf(key)),
      values: Uint32Array.from(kept, ([, value]) => texts.numberOf(value)),
    };
    this.#resources.set(attributes, resource);
    return resource;
  }

  #beginAttributes({ instance, host }: NumberedResource): void {
    this.#instances.push(instance);
    this.#hosts.push(host);
    this.#attributeStarts.push(this.#keys.length);
  }

  #addResource({ keys, values }: NumberedResource): void {
    this.#keys.pushAll(keys);
    this.#values.pushAll(values);
  }

  /** Returns the spans added until now. */
  build(): SpanTable {
    return this.buildWithRows().table;
  }

  /** Returns the spans added until now, and for each which one added it was, counted from 0. */
  buildWithRows(): { readonly table: SpanTable; readonly rows: Uint32Array } {
    const starts = this.#starts.values();
    const originEpochNs = originOf(starts);
    const columns: SpanColumns = {
      count: starts.length,
      ids: this.#ids.values(),
      parentIds: this.#parentIds.values(),
      hasParent: this.#hasParent.values(),
      kinds: this.#kinds.values(),
      services: this.#services.values(),
      startsNs: Float64Array.from(starts, (startNs) => Number(startNs - originEpochNs)),
      durationsNs: this.#durations.values(),
      names: this.#texts.all,
    };
    const byId = [...this.#traceIds.keys()].sort((a, b) => compareTexts(this.#traceIds, a, b));
    const places = new Uint32Array(byId.length);
    byId.forEach((trace, place) => (places[trace] = place));
    const traces = this.#traces.values().map((trace) => places[trace] ?? 0);
    const placed = placeSpans(columns, traces, byId.length);
    const { order, traceStarts, parents } = placed;
    const [statuses, weights] = [this.#statuses.values(), this.#weights.values()];
    const durationsNs = new Float64Array(order.length);
    let invalidCount = 0;
    order.forEach((row, i) => {
      const durationNs = columns.durationsNs[row] ?? 0;
      const isValid = (starts[row] ?? 0n) > 0n && durationNs >= 0;
      durationsNs[i] = isValid ? durationNs : 0;
      if (!isValid) invalidCount++;
    });
    const table: SpanTable = {
      spanCount: order.length,
      traceCount: this.#traceIds.length,
      traceStarts,
      traceIds: byId.map((trace) => this.#traceIds[trace] ?? ''),
      spanIds: BigUint64Array.from(order, (row) => spanIdAt(columns.ids, row)),
      parents,
      names: this.#texts.all.slice(),
      services: gather(columns.services, order),
      operations: gather(this.#operations.values(), order),
      instances: gather(this.#instances.values(), order),
      hosts: gather(this.#hosts.values(), order),
      kinds: Uint8Array.from(order, (row) => columns.kinds[row] ?? 0),
      statuses: Uint8Array.from(order, (row) => statuses[row] ?? 0),
      startsNs: Float64Array.from(order, (row) => columns.startsNs[row] ?? 0),
      originEpochNs,
      durationsNs,
      invalidCount,
      weights: Float64Array.from(order, (row) => weights[row] ?? 1),
      ...this.#attributesOf(order),
    };
    return { table, rows: order };
  }

  #attributesOf(
    order: Uint32Array,
  ): Pick<SpanTable, 'attributeStarts' | 'attributeKeys' | 'attributeValues'> {
    const [keys, values] = [this.#keys.values(), this.#values.values()];
    const starts = this.#attributeStarts.values();
    const attributeStarts = new Uint32Array(order.length + 1);
    const endOf = (row: number): number => starts[row + 1] ?? keys.length;
    order.forEach((row, i) => {
      attributeStarts[i + 1] = (attributeStarts[i] ?? 0) + endOf(row) - (starts[row] ?? 0);
    });
    const attributeKeys = new Uint32Array(attributeStarts[order.length] ?? 0);
    const attributeValues = new Uint32Array(attributeKeys.length);
    let place = 0;
    for (const row of order) {
      const to = endOf(row);
      // Too few each time for a copy of a part to pay.
      for (let from = starts[row] ?? 0; from < to; from++, place++) {
        attributeKeys[place] = keys[from] ?? 0;
        attributeValues[place] = values[from] ?? 0;
      }
    }
    return { attributeStarts, attributeKeys, attributeValues };
  }
}

function compareTexts(texts: readonly string[], a: number, b: number): number {
  const [first = '', second = ''] = [texts[a], texts[b]];
  return first < second ? -1 : Number(first > second);
}

/** Texts by number, each once; the empty text is 0. */
class Texts {
  readonly all: string[] = [''];
  readonly #numbers = new Map<string, number>([['', 0]]);

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.all.length);
    return this.all.push(text) - 1;
  }
}

const NO_PLACE = { host: '', instance: '' };

function placeOf(attributes: Span['attributes']): { host: string; instance: string } {
  const host = attributes['host.id'] ?? attributes['host.name'] ?? '';
  const pod = attributes['k8s.pod.name'] ?? attributes['k8s.pod.uid'];
  return { host, instance: pod ?? attributes['service.instance.id'] ?? host };
}

/** More than this from the others a start is no longer exact in ns, nor is it believed. */
const NEAR_NS = 100n * 86_400n * 1_000_000_000n;

/**
 * Returns the earliest start that is near the median of all: one clock that is years off costs the
 * others no precision.
 */
function originOf(starts: BigInt64Array): bigint {
  const sorted = starts.filter((startNs) => startNs > 0n).sort();
  const median = sorted[sorted.length >> 1] ?? 0n;
  return sorted.find((startNs) => median - startNs < NEAR_NS) ?? 0n;
}

function gather(column: Uint32Array, order: Uint32Array): Uint32Array {
  return order.map((row) => column[row] ?? 0);
}
