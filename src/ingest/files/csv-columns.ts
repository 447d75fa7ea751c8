import { unitInName, type DurationUnit } from '../../core/index.ts';

/** What a column of a table of spans can be; every other one is an attribute. */
export type ColumnRole =
  | 'traceId'
  | 'spanId'
  | 'parentSpanId'
  | 'serviceName'
  | 'podName'
  | 'name'
  | 'start'
  | 'end'
  | 'duration'
  | 'kind'
  | 'status'
  | 'statusMessage'
  | 'failed'
  | 'traceState'
  | 'scopeName'
  | 'scopeVersion'
  | 'attributes'
  | 'resourceAttributes';

/** Where in a row everything is. */
export interface SpanColumns {
  readonly names: readonly string[];
  readonly places: Readonly<Partial<Record<ColumnRole, number>>>;
  /** What a number in the column of durations counts; undefined where each value says it. */
  readonly durationUnit: DurationUnit | undefined;
  readonly attributes: readonly number[];
  /** Those of them that tell of who made the span, not of the call. */
  readonly resourceAttributes: readonly number[];
  /** Columns that are left out: events and links. */
  readonly unread: readonly string[];
}

/** The names of each, the first that a table has counts; without marks and in small letters. */
const NAMES: Readonly<Record<ColumnRole, readonly string[]>> = {
  traceId: ['traceid'],
  spanId: ['spanid'],
  parentSpanId: ['parentspanid', 'parentid', 'parentspan', 'parent'],
  serviceName: ['servicename', 'service'],
  podName: ['podname', 'k8spodname', 'pod'],
  name: ['spanname', 'operationname', 'operation', 'name'],
  start: ['starttimeunixnano', 'starttime', 'startepochns', 'timestamp', 'start', 'starttimestamp'],
  end: ['endtimeunixnano', 'endtime', 'endepochns', 'end', 'endtimestamp'],
  duration: ['duration'],
  kind: ['spankind', 'kind'],
  status: ['statuscode', 'status', 'otelstatuscode'],
  statusMessage: ['statusmessage', 'statusdescription', 'otelstatusdescription'],
  failed: ['error', 'iserror', 'haserror', 'failed'],
  traceState: ['tracestate'],
  scopeName: ['scopename', 'otelscopename', 'otellibraryname'],
  scopeVersion: ['scopeversion', 'otelscopeversion', 'otellibraryversion'],
  attributes: ['spanattributes', 'attributes', 'tags'],
  resourceAttributes: ['resourceattributes', 'resource'],
};

/** Groups of OpenTelemetry's names for what makes spans. */
const OF_RESOURCES =
  /^(?:cloud|container|deployment|device|faas|host|k8s|os|process|service|telemetry)\./u;
const NESTED = /^(?:Events|Links)\./u;

/** Returns what the columns of a head line are. */
export function spanColumns(
  names: readonly string[],
  durationUnit: DurationUnit | undefined,
): SpanColumns {
  const plain = names.map(plainName);
  const entries = Object.entries(NAMES).flatMap(([role, known]): [ColumnRole, number][] => {
    const wanted = known.find((name) => plain.includes(name));
    return wanted === undefined ? [] : [[role as ColumnRole, plain.indexOf(wanted)]];
  });
  const places: Partial<Record<ColumnRole, number>> = Object.fromEntries(entries);
  const taken = new Set(Object.values(places));
  const others = [...names.keys()].filter((i) => !taken.has(i) && !NESTED.test(names[i] ?? ''));
  const isOfResource = (i: number): boolean => OF_RESOURCES.test(names[i] ?? '');
  return {
    names,
    places,
    durationUnit: durationUnit ?? unitOf(names, places),
    attributes: others.filter((i) => !isOfResource(i)),
    resourceAttributes: others.filter(isOfResource),
    unread: names.filter((name) => NESTED.test(name)),
  };
}

/** Returns the columns that are wanted and missing, as people call them. */
export function missingColumns({ places }: SpanColumns): readonly string[] {
  const has = (...roles: readonly ColumnRole[]): boolean =>
    roles.some((role) => places[role] !== undefined);
  return [
    ...(has('traceId') ? [] : ['TraceID']),
    ...(has('spanId') ? [] : ['SpanID']),
    ...(has('serviceName', 'podName') ? [] : ['ServiceName or PodName']),
    ...(has('name') ? [] : ['SpanName or OperationName']),
    ...(has('start') ? [] : ['StartTimeUnixNano or Timestamp']),
    ...(has('end', 'duration') ? [] : ['EndTimeUnixNano or Duration']),
  ];
}

/** Returns how many columns of a head line have a name that means something here. */
export function knownColumns(names: readonly string[]): number {
  return Object.keys(spanColumns(names, undefined).places).length;
}

/**
 * The unit that the name ends in (`duration_ms`, `DurationNano`); ns for the table of the
 * Collector's exporter, which a column of times, `Timestamp`, and one of `SpanName` tell.
 */
function unitOf(
  names: readonly string[],
  { duration }: SpanColumns['places'],
): DurationUnit | undefined {
  if (duration === undefined) return undefined;
  const name = names[duration] ?? '';
  const isCollectors = name === 'Duration' && names.includes('Timestamp');
  const inBrackets = name.replace(/\s*[([](\w+)[)\]]$/u, '_$1');
  return unitInName(inBrackets) ?? (isCollectors && names.includes('SpanName') ? 'ns' : undefined);
}

/** Without case, marks and the unit of a duration: `Duration (ms)` is a column of durations. */
function plainName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z\d]/gu, '');
  return /^duration(?:s|secs?|seconds|ms|millis|milliseconds|us|micros?|microseconds|ns|nanos?|nanoseconds)$/u.test(
    plain,
  )
    ? 'duration'
    : plain;
}
