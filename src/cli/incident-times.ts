import { HarnessError } from '../core/index.ts';
import { momentNs } from './moment.ts';
import { durationOf } from './time-options.ts';

/** What `callgauge incident` is asked for, beside where the spans are. */
export interface IncidentOptions {
  readonly baseline?: string;
  readonly window?: string;
  readonly runs?: readonly string[];
  readonly run?: string;
  readonly fault?: string;
  readonly within?: string;
  readonly since?: string;
  readonly service?: string;
  readonly seed: string;
  readonly markdown?: true;
}

/** From included, to not. */
export interface EpochRange {
  readonly fromEpochNs: bigint;
  readonly toEpochNs: bigint;
}

/** What is compared. */
export type Comparison =
  | { readonly kind: 'times'; readonly baseline: EpochRange; readonly window: EpochRange }
  | { readonly kind: 'runs'; readonly baseline: string; readonly window: string }
  /** A fault of a run, its first where none is named, with what was before it in the run. */
  | { readonly kind: 'fault'; readonly runId: string; readonly fault: string | undefined }
  /** The window is looked for: in a time, or in so long a one up to the newest trace. */
  | { readonly kind: 'within'; readonly time: EpochRange }
  | { readonly kind: 'since'; readonly sinceNs: bigint };

const WAYS = ['runs', 'run', 'within', 'since'] as const;
const HINT =
  'Give --baseline T1..T2 and --window T3..T4, or one of --runs A B, --run A, --within T1..T2, --since 1h.';

/**
 * Returns what the options ask to compare.
 * @throws USAGE_INVALID where it is not one thing, and for what is no time
 */
export function comparisonOf(options: IncidentOptions): Comparison {
  const { baseline, window, runs, run, fault, within, since } = options;
  const times = (['baseline', 'window'] as const).filter((side) => options[side] !== undefined);
  const ways = WAYS.filter((way) => options[way] !== undefined);
  const named = [...times.slice(0, 1), ...ways].map((option) => `--${option}`);
  if (named.length > 1) throw usage(`${named.join(' and ')} exclude each other`, HINT);
  if (fault !== undefined && run === undefined) throw usage('--fault wants --run', HINT);
  if (runs !== undefined) {
    const [first, second, ...rest] = runs;
    if (first === undefined || second === undefined || rest.length > 0) {
      throw usage(`--runs wants two runs, got ${runs.length}`, HINT);
    }
    return { kind: 'runs', baseline: first, window: second };
  }
  if (run !== undefined) return { kind: 'fault', runId: run, fault };
  if (within !== undefined) return { kind: 'within', time: readRange('--within', within) };
  if (since !== undefined) return { kind: 'since', sinceNs: durationOf(since, '--since') };
  if (baseline === undefined || window === undefined) {
    const missing = baseline === undefined ? '--baseline' : '--window';
    throw usage(`${missing} is wanted`, HINT);
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
  const [fromEpochNs, toEpochNs] = [from, to].map((moment) => momentNs(moment));
  if (fromEpochNs === undefined || toEpochNs === undefined) {
    const bad = fromEpochNs === undefined ? from : to;
    throw usage(`${option} wants times, got '${bad}'`, hint);
  }
  if (fromEpochNs >= toEpochNs) {
    throw usage(`${option} ends at or before it begins: '${text}'`, hint);
  }
  return { fromEpochNs, toEpochNs };
}

function usage(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
