import {
  recordedDuration,
  recordedEpochNs,
  spanKindOf,
  spanStatusOf,
  TIME_WANTED,
  type Attributes,
  type Span,
  type SpanStatus,
} from '../../core/index.ts';
import { emptyAttributes } from '../otlp-value.ts';
import { attributesOfText } from './attribute-text.ts';
import type { ColumnRole, SpanColumns } from './csv-columns.ts';
import { shownValue, type BadLine } from './span-line.ts';

/** Why a row is no span. */
class RowFault extends Error {
  readonly fault: string;

  constructor(fault: string, problem: string) {
    super(problem);
    this.fault = fault;
  }
}

const NO_PARENT = /^(?:root|null|none|nan|0*)$/iu;
const WHOLE_NS = /^-?\d{1,20}$/u;
const HEX = /^[\da-f]+$/u;
const TRUE = /^(?:true|1|yes|t)$/iu;
const NONE: readonly never[] = [];

/**
 * Returns what reads a row of a table with such columns: a span, or why it is none. Resources that
 * are alike are one object.
 */
export function csvSpanReader(
  columns: SpanColumns,
): (row: readonly string[], line: number) => Span | BadLine {
  const resources = new Resources(columns);
  return (row, line) => {
    try {
      if (row.length !== columns.names.length) {
        const wanted = `${columns.names.length}, as many as the head line names,`;
        throw new RowFault(
          'the number of values is not that of the head line',
          `the row has ${row.length} values; ${wanted} are wanted`,
        );
      }
      return spanOf(new Row(columns, row), resources);
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      return { fault: error.fault, problem: error.message, line };
    }
  };
}

function spanOf(row: Row, resources: Resources): Span {
  const parent = row.text('parentSpanId');
  const startEpochNs = row.time('start');
  const attributes = row.map('attributes');
  row.addTo(attributes, row.columns.attributes);
  const { serviceName, resourceAttributes } = resources.of(row);
  return {
    traceId: row.id('traceId', 32),
    spanId: row.id('spanId', 16),
    parentSpanId: NO_PARENT.test(parent) ? '' : row.id('parentSpanId', 16),
    traceState: row.text('traceState'),
    name: row.text('name'),
    kind: row.has('kind')
      ? row.known('kind', spanKindOf, 'a kind (Client, Server, ...)')
      : 'Unspecified',
    serviceName,
    startEpochNs,
    durationNs: row.has('end') ? row.time('end') - startEpochNs : row.duration(),
    status: statusOf(row, attributes),
    statusMessage: row.text('statusMessage'),
    resourceAttributes,
    attributes,
    scopeName: row.text('scopeName'),
    scopeVersion: row.text('scopeVersion'),
    events: NONE,
    links: NONE,
  };
}

/** A number of three digits is the status of an HTTP answer, of which 500 and above is an error. */
function statusOf(row: Row, attributes: Record<string, string>): SpanStatus {
  const text = row.text('status');
  if (TRUE.test(row.text('failed'))) return 'Error';
  if (text === '') return 'Unset';
  if (!/^[1-5]\d\d$/u.test(text)) {
    return row.known('status', spanStatusOf, 'a status (Unset, Ok, Error)');
  }
  attributes['http.response.status_code'] ??= text;
  return text.startsWith('5') ? 'Error' : 'Unset';
}

/** The values of one row by what their columns are. */
class Row {
  readonly columns: SpanColumns;
  readonly #values: readonly string[];

  constructor(columns: SpanColumns, values: readonly string[]) {
    this.columns = columns;
    this.#values = values;
  }

  text(role: ColumnRole): string {
    const place = this.columns.places[role];
    return place === undefined ? '' : (this.#values[place] ?? '').trim();
  }

  has(role: ColumnRole): boolean {
    return this.text(role) !== '';
  }

  /** Of either case, short of leading zeros, or written as a UUID. */
  id(role: ColumnRole, digits: 16 | 32): string {
    const text = this.text(role);
    const id = text.toLowerCase().replaceAll('-', '').padStart(digits, '0');
    if (id.length === digits && HEX.test(id) && !/^0*$/u.test(id)) return id;
    throw this.#fault(role, 'no id', `up to ${digits} hex digits, not all zero,`);
  }

  time(role: ColumnRole): bigint {
    const text = this.text(role);
    const epochNs = recordedEpochNs(text);
    if (epochNs === undefined) throw this.#fault(role, 'no time', TIME_WANTED);
    return epochNs;
  }

  /** What the Collector stores of a span that ends before it begins is read as below zero. */
  duration(): bigint {
    const text = this.text('duration');
    const unit = this.columns.durationUnit;
    if (unit === 'ns' && WHOLE_NS.test(text)) return BigInt.asIntN(64, BigInt(text));
    const isBelow = text.startsWith('-');
    const durationNs = recordedDuration(isBelow ? text.slice(1) : text, unit);
    if (durationNs !== undefined) return BigInt(isBelow ? -durationNs : durationNs);
    const wanted =
      unit === undefined ? 'one with its unit (12ms), or --duration-unit,' : `a number of ${unit}`;
    throw this.#fault('duration', 'no duration', wanted);
  }

  known<T>(role: ColumnRole, read: (text: string) => T | undefined, wanted: string): T {
    const value = read(this.text(role));
    if (value === undefined) throw this.#fault(role, 'not known', wanted);
    return value;
  }

  /** The attributes in one column. */
  map(role: 'attributes' | 'resourceAttributes'): Record<string, string> {
    if (!this.has(role)) return emptyAttributes();
    const found = attributesOfText(this.text(role));
    if (found === undefined) throw this.#fault(role, 'no map', 'a JSON object');
    return found;
  }

  addTo(attributes: Record<string, string>, places: readonly number[]): void {
    for (const place of places) {
      const value = this.#values[place] ?? '';
      if (value !== '') attributes[this.columns.names[place] ?? ''] = value;
    }
  }

  #fault(role: ColumnRole, what: string, wanted: string): RowFault {
    const name = this.columns.names[this.columns.places[role] ?? -1] ?? role;
    const seen = shownValue(this.text(role));
    return new RowFault(`${name} is ${what}`, `${name} is ${seen}; ${wanted} is wanted`);
  }
}

interface Resource {
  readonly serviceName: string;
  readonly resourceAttributes: Attributes;
}

/** More different resources than these are made anew for each span. */
const RESOURCES_MAX = 10_000;

/** Who made spans, each made once. */
class Resources {
  readonly #columns: SpanColumns;
  readonly #known = new Map<string, Resource>();

  constructor(columns: SpanColumns) {
    this.#columns = columns;
  }

  of(row: Row): Resource {
    const own = row.columns.resourceAttributes;
    const values = emptyAttributes();
    row.addTo(values, own);
    const key = [
      row.text('serviceName'),
      row.text('podName'),
      row.text('resourceAttributes'),
      ...(own.length === 0 ? [] : [JSON.stringify(values)]),
    ].join('\n');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const resource = this.#made(row, values);
    if (this.#known.size < RESOURCES_MAX) this.#known.set(key, resource);
    return resource;
  }

  #made(row: Row, values: Attributes): Resource {
    const podName = row.text('podName');
    const given = { ...row.map('resourceAttributes'), ...values };
    const serviceName =
      row.text('serviceName') ||
      (this.#columns.places.podName === undefined ? '' : serviceOfPod(podName)) ||
      given['service.name'] ||
      'unknown_service';
    const pod = podName === '' ? {} : { 'k8s.pod.name': podName };
    return { serviceName, resourceAttributes: { 'service.name': serviceName, ...pod, ...given } };
  }
}

/**
 * Returns what runs in a pod: the name of one of a Deployment ends in the parts of its replica set
 * and its own (`cart-579b9bff58-t2dbm`), that of one of a StatefulSet in its number (`redis-0`).
 */
export function serviceOfPod(podName: string): string {
  const parts = podName.split('-');
  const ownParts = /^\d{1,3}$/u.test(parts.at(-1) ?? '') && parts.length > 1 ? 1 : 2;
  return parts.length > ownParts ? parts.slice(0, -ownParts).join('-') : podName;
}
