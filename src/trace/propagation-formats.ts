import { b3Multi } from './b3-multi.ts';
import { b3Single } from './b3-single.ts';
import { datadog } from './datadog.ts';
import { jaeger } from './jaeger.ts';
import type { HeaderLookup, TraceFormat } from './trace-format.ts';
import type { TraceIds } from './trace-id.ts';
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
 * Returns the ids of a request in whatever format it carries them: of several formats the first in
 * the order above; undefined where there is no valid trace id.
 */
export function traceIdsOf(header: HeaderLookup): TraceIds | undefined {
  for (const format of Object.values(FORMATS)) {
    const ids = format.readIds(header);
    if (ids !== undefined) return ids;
  }
  return undefined;
}
