import { epochNsFromMs, HarnessError } from '../core/index.ts';

/** What `callgauge incident` is asked for, beside where the spans are. */
export interface IncidentOptions {
  readonly baseline?: string;
  readonly window?: string;
  readonly runs?: readonly string[];
  readonly service?: string;
  readonly seed: string;
  readonly markdown?: true;
}

/** From included, to not. */
export interface EpochRange {
  readonly fromEpochNs: bigint;
  readonly toEpochNs: bigint;
}

/** What is compared: two times, or two runs. */
export type Comparison =
  | { readonly kind: 'times'; readonly baseline: EpochRange; readonly window: EpochRange }
  | { readonly kind: 'runs'; readonly baseline: string; readonly window: string };

/**
 * Returns what the options ask to compare.
 * @throws USAGE_INVALID where it is neither two times nor two runs
 */
export function comparisonOf({ baseline, window, runs }: IncidentOptions): Comparison {
  const hint = 'give --baseline T1..T2 and --window T3..T4, or --runs A B';
  if (runs !== undefined) {
    const [first, second, ...rest] = runs;
    if (first === undefined || second === undefined || rest.length > 0) {
      throw usage(`--runs wants two runs, got ${runs.length}`, hint);
    }
    if (baseline !== undefined || window !== undefined) {
      throw usage('--runs and times cannot both be compared', hint);
    }
    return { kind: 'runs', baseline: first, window: second };
  }
  if (baseline === undefined || window === undefined) {
    const missing = baseline === undefined ? '--baseline' : '--window';
    throw usage(`${missing} is wanted`, hint);
  }
  return {
    kind: 'times',
    baseline: readRange('--baseline', baseline),
    window: readRange('--window', window),
  };
}

/** Returns the seed. @throws USAGE_INVALID */
export function seedOf({ seed }: IncidentOptions): number {
  const value = Number(seed);
  if (Number.isSafeInteger(value) && value >= 0 && /^\d+$/u.test(seed)) return value;
  throw usage(`--seed wants a whole number from 0, got '${seed}'`, 'leave it out, or give 1');
}

function readRange(option: string, text: string): EpochRange {
  const hint = 'write 2026-03-01T14:05..2026-03-01T14:20; times without a zone are UTC';
  const [from, to, ...rest] = text.split('..');
  if (from === undefined || to === undefined || rest.length > 0) {
    throw usage(`${option} wants two times with '..' between them, got '${text}'`, hint);
  }
  const [fromEpochNs, toEpochNs] = [from, to].map((moment) => readMoment(moment));
  if (fromEpochNs === undefined || toEpochNs === undefined) {
    const bad = fromEpochNs === undefined ? from : to;
    throw usage(`${option} wants times, got '${bad}'`, hint);
  }
  if (fromEpochNs >= toEpochNs) {
    throw usage(`${option} ends at or before it begins: '${text}'`, hint);
  }
  return { fromEpochNs, toEpochNs };
}

const ISO =
  /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/u;

function readMoment(text: string): bigint | undefined {
  if (/^\d{9,11}(?:\.\d{1,3})?$/u.test(text))
    return epochNsFromMs(Math.round(Number(text) * 1_000));
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const hasTime = text.length > 10;
  const zone = match[1] === undefined && hasTime ? 'Z' : '';
  const epochMs = Date.parse(`${text.replace(' ', 'T')}${zone}`);
  return Number.isNaN(epochMs) ? undefined : epochNsFromMs(epochMs);
}

function usage(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
