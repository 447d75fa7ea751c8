import type { Ratio } from './units.ts';

/** The random bits, and the thresholds that they are compared with, have 14 hex digits. */
const DIGITS = 14;
const STEPS = 2 ** (4 * DIGITS);

/**
 * Returns which part of the traces like a span's was kept, as the `th` of OpenTelemetry's entry in
 * its trace state says: the traces are left out whose 56 random bits are below it. 1 where nothing
 * is said, or nothing that makes sense. The span stands for 1 / ratio spans: its weight.
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
export function sampledRatioOf(traceState: string): Ratio {
  const digits = otelValue(traceState, 'th');
  if (digits === undefined || !/^[0-9a-f]{1,14}$/u.test(digits)) return 1;
  // Taken off as a whole number: a ratio near 0 would lose its digits beside 1.
  const left = BigInt(STEPS) - BigInt(`0x${digits.padEnd(DIGITS, '0')}`);
  return Number(left) / STEPS;
}

/**
 * Returns how many spans a span stands for, among those like it, when they are counted: 1 unless it
 * was sampled.
 */
export function spanWeightOf(traceState: string): number {
  return traceState === '' ? 1 : 1 / sampledRatioOf(traceState);
}

/**
 * Returns the first 48 of the 56 random bits that a trace state names (`rv`) in place of those in
 * the trace id; undefined where it names none.
 */
export function namedRandomOf(traceState: string): number | undefined {
  const digits = otelValue(traceState, 'rv');
  if (digits === undefined || !/^[0-9a-f]{14}$/u.test(digits)) return undefined;
  return Number.parseInt(digits.slice(0, 12), 16);
}

/**
 * Returns a trace state with the threshold in OpenTelemetry's entry, which stands first then, as an
 * entry that was changed does; whatever else there is stays.
 */
export function withSamplingThreshold(traceState: string, digits: string): string {
  const entries = traceState.split(',').map((entry) => entry.trim());
  const own = entries.find((entry) => entry.startsWith(OTEL));
  const others = entries.filter((entry) => entry !== '' && entry !== own);
  const kept = (own ?? OTEL)
    .slice(OTEL.length)
    .split(';')
    .filter((pair) => pair !== '' && !pair.startsWith('th:'));
  return [`${OTEL}${[`th:${digits}`, ...kept].join(';')}`, ...others].join(',');
}

const OTEL = 'ot=';

function otelValue(traceState: string, key: string): string | undefined {
  if (!traceState.includes(`${key}:`)) return undefined;
  for (const entry of traceState.split(',')) {
    const own = entry.trim();
    if (!own.startsWith(OTEL)) continue;
    const pairs = own.slice(OTEL.length).split(';');
    return pairs.find((pair) => pair.startsWith(`${key}:`))?.slice(key.length + 1);
  }
  return undefined;
}
