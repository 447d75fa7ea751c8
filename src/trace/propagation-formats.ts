import { b3Multi } from './b3-multi.ts';
import { b3Single } from './b3-single.ts';
import { datadog } from './datadog.ts';
import { jaeger } from './jaeger.ts';
import type { HeaderLookup, TraceFormat } from './trace-format.ts';
import { w3c } from './w3c-traceparent.ts';
import { xray } from './xray.ts';

/** The formats by the names that a scenario gives them. */
const FORMATS = {
  w3c,
  b3: b3Single,
  b3multi: b3Multi,
  jaeger,
  xray,
  datadog,
} as const satisfies Readonly<Record<string, TraceFormat>>;

export type PropagationFormat = keyof typeof FORMATS;

export const PROPAGATION_FORMATS = Object.keys(FORMATS) as readonly PropagationFormat[];

export function traceFormat(name: PropagationFormat): TraceFormat {
  return FORMATS[name];
}

/** Returns the lower-case names of the headers that calls carry in these formats. */
export function traceHeaderNames(formats: readonly PropagationFormat[]): ReadonlySet<string> {
  return new Set(formats.flatMap((name) => FORMATS[name].headers.map((header) => header.name)));
}

/**
 * Returns the trace id of a request, 32 lower-case hex digits, in whatever format it carries one:
 * of several formats the first in the order above; undefined where there is none.
 */
export function traceIdOf(header: HeaderLookup): string | undefined {
  for (const format of Object.values(FORMATS)) {
    const traceId = format.readTraceId(header);
    if (traceId !== undefined) return traceId;
  }
  return undefined;
}
