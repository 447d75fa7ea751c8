import { HarnessError } from '../core/index.ts';
import type { AttributeSearch, TraceSearch } from '../spans/index.ts';
import { durationOf, wantedTime, type TimeOptions } from './time-options.ts';

/** What of a trace the command line asks for. */
export interface TraceSearchOptions extends TimeOptions {
  readonly service?: string;
  readonly operation?: string;
  readonly minDuration?: string;
  readonly maxDuration?: string;
  readonly failed?: true;
  readonly attribute: readonly string[];
  readonly run?: string;
  readonly fault?: string;
  readonly longest?: true;
  readonly limit: string;
}

const LIMIT_MAX = 1_000;
const ATTRIBUTES_MAX = 20;

/**
 * Returns what the options look for; the run is left to the caller, who knows the newest.
 * @throws USAGE_INVALID
 */
export function traceSearchOf(options: TraceSearchOptions): TraceSearch {
  const { service, operation, minDuration, maxDuration, fault, attribute } = options;
  if (attribute.length > ATTRIBUTES_MAX) {
    throw invalid(`--attribute may be given ${ATTRIBUTES_MAX} times, got ${attribute.length}`);
  }
  return {
    ...wantedTime(options),
    ...(service === undefined ? {} : { serviceName: service }),
    ...(operation === undefined ? {} : { operation }),
    ...(minDuration === undefined
      ? {}
      : { durationMinNs: durationOf(minDuration, '--min-duration') }),
    ...(maxDuration === undefined
      ? {}
      : { durationMaxNs: durationOf(maxDuration, '--max-duration') }),
    ...(options.failed ? { failed: true } : {}),
    attributes: attribute.map(attributeOf),
    ...(fault === undefined ? {} : { fault }),
    order: options.longest ? 'longest' : 'newest',
    limit: limitOf(options.limit),
  };
}

function attributeOf(text: string): AttributeSearch {
  const end = text.indexOf('=');
  const key = end === -1 ? text : text.slice(0, end);
  if (key === '') throw invalid(`--attribute must be key or key=value, got "${text}"`);
  return { key, value: end === -1 ? undefined : text.slice(end + 1) };
}

function limitOf(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0 && value <= LIMIT_MAX) return value;
  throw invalid(`--limit must be a whole number from 1 to ${LIMIT_MAX}, got ${text}`);
}

function invalid(message: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, {
    hint: 'callgauge traces --help has examples.',
  });
}
