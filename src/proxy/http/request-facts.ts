import type { HeaderField, RequestFacts } from '../../toxics/index.ts';
import { parseBaggage, type TraceIds, traceIdsOf } from '../../trace/index.ts';

/** A request's head, whatever version of HTTP it came in. */
export interface RequestHead {
  readonly method: string;
  /**
   * The target as it came: a path with its query, an absolute URI, `*`, or host:port of CONNECT.
   */
  readonly target: string;
  readonly fields: readonly HeaderField[];
}

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/u;

/** Returns what matching asks of a request; what is costly to know is found out when asked for. */
export function factsOf({ method, target, fields }: RequestHead): RequestFacts {
  const header = (name: string): string | undefined => headerOf(fields, name);
  let trace: { readonly ids: TraceIds | undefined } | undefined;
  let baggage: ReadonlyMap<string, string> | undefined;
  return {
    method,
    path: pathOf(target),
    header,
    get traceId() {
      trace ??= { ids: traceIdsOf(header) };
      return trace.ids?.traceId;
    },
    get spanId() {
      trace ??= { ids: traceIdsOf(header) };
      return trace.ids?.spanId || undefined;
    },
    baggage: (key) => {
      baggage ??= parseBaggage(header('baggage') ?? '');
      return baggage.get(key);
    },
  };
}

/** Returns a header by its lower-case name, several joined by `, `; undefined if absent. */
export function headerOf(fields: readonly HeaderField[], lowerName: string): string | undefined {
  const values = fields.filter(([name]) => name.toLowerCase() === lowerName);
  return values.length === 0 ? undefined : values.map(([, value]) => value).join(', ');
}

function pathOf(target: string): string {
  const path = target.replace(ABSOLUTE, '');
  const end = path.search(/[?#]/u);
  return (end < 0 ? path : path.slice(0, end)) || '/';
}
