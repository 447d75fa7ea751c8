import * as z from 'zod';
import {
  NS_PER_SEC,
  parseByteRate,
  parseBytes,
  parseDuration,
  parsePercent,
  parseRate,
  type Ns,
  type RatePerSec,
  type Ratio,
} from '../../core/index.ts';
import { referencesIn } from '../references.ts';

/**
 * The kinds of value that a scenario file is made of. Every check's message reads on from the key,
 * `rate` + `must be > 0 per second`; what was seen and where is put behind it.
 */

/** What the editor shows for a key, and what the fix in an error message is made of. */
export interface Help {
  readonly description: string;
  readonly examples: readonly unknown[];
}

/** Times of a run are exact as numbers up to 104 days. */
export const DURATION_NS_MAX: Ns = 100 * 24 * 3_600 * NS_PER_SEC;
const RATE_PER_SEC_MAX: RatePerSec = 10_000_000;

const DURATION_PATTERN = String.raw`^\s*\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h)\s*$`;
const RATE_PATTERN = String.raw`^\s*\d+(\.\d+)?\s*/\s*(s|m|h)\s*$`;
const PERCENT_PATTERN = String.raw`^\s*\d+(\.\d+)?\s*%\s*$`;
const BYTES_PATTERN = String.raw`^\s*\d+(\.\d+)?\s*(B|[KMG]i?B)\s*$`;
const BYTE_RATE_PATTERN = String.raw`^\s*\d+(\.\d+)?\s*(B|[KMG]i?B)\s*/\s*s\s*$`;
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/u;
const NAME_WANTED =
  'must be a name: a letter, then letters, digits, - and _, 64 characters at most';

/** A text; `wanted` says what it must be. */
export function text(wanted: string, help: Help) {
  return z
    .string({ error: wantedText(wanted) })
    .min(1, { error: wanted })
    .meta({ ...help });
}

/** A name that other parts of the file use. */
export function name(help: Help) {
  return z
    .string({ error: wantedText(NAME_WANTED) })
    .regex(NAME, NAME_WANTED)
    .meta({ ...help });
}

/** The keys of a map of named things. */
export const nameKey = z.string().regex(NAME, NAME_WANTED);

/** A text that may hold `${...}` references; not empty unless `orEmpty`. */
export function referenceText(wanted: string, help: Help, { orEmpty = false } = {}) {
  const base = orEmpty
    ? z.string({ error: wantedText(wanted) }).meta({ ...help })
    : text(wanted, help);
  return base.superRefine((value, context) => {
    for (const { message, hint, character } of referencesIn(value).problems) {
      context.addIssue({ code: 'custom', message, params: { whole: true, hint, character } });
    }
  });
}

/**
 * A duration, in ns; more than 0 unless `orZero`. The error for a number without a unit suggests
 * `unit`.
 */
export function duration(help: Help, { orZero = false, unit = 's' } = {}) {
  const wanted = `must be a duration ${orZero ? '>= 0' : '> 0'} such as 250ms, 10s or 2m`;
  return z
    .string({ error: ({ input }) => withUnit(wanted, input, unit) })
    .meta({ pattern: DURATION_PATTERN })
    .transform((value, context): Ns => {
      const ns = parseDuration(value);
      if (ns === undefined || (ns === 0 && !orZero)) return problem(context, wanted);
      return ns > DURATION_NS_MAX ? problem(context, 'must be 100 days at most') : ns;
    })
    .meta({ ...help });
}

/** A rate, in events per second; more than 0 unless `orZero`. */
export function rate(help: Help, { orZero = false } = {}) {
  const wanted = `must be ${orZero ? '>=' : '>'} 0 per second`;
  const spelt = `${wanted}, such as 50/s or 600/m`;
  return z
    .string({
      error: ({ input }) =>
        typeof input === 'number' && input <= 0 ? wanted : withUnit(spelt, input, '/s'),
    })
    .meta({ pattern: RATE_PATTERN })
    .transform((value, context): RatePerSec => {
      const perSec = parseRate(value);
      if (perSec === undefined) return problem(context, value.startsWith('-') ? wanted : spelt);
      if (perSec === 0 && !orZero) return problem(context, wanted);
      const most = `must be ${RATE_PER_SEC_MAX}/s at most`;
      return perSec > RATE_PER_SEC_MAX ? problem(context, most) : perSec;
    })
    .meta({ ...help });
}

/** A share, written as a percentage, as a ratio. */
export function percent(help: Help) {
  const wanted = 'must be a percentage from 0% to 100%';
  return z
    .string({ error: ({ input }) => withUnit(wanted, percentOf(input), '%') })
    .meta({ pattern: PERCENT_PATTERN })
    .transform((value, context): Ratio => parsePercent(value) ?? problem(context, wanted))
    .meta({ ...help });
}

/** A number of bytes, whole or with a unit: 1 KB = 1000 B. */
export function byteCount(help: Help) {
  const wanted = 'must be a size such as 64KB, 1MiB or a whole number of bytes';
  return z
    .union(
      [
        z.int({ error: wanted }).min(0, { error: wanted }),
        z.string({ error: wanted }).meta({ pattern: BYTES_PATTERN }),
      ],
      { error: wanted },
    )
    .transform((value, context): number => {
      const bytes = typeof value === 'number' ? value : parseBytes(value);
      if (bytes !== undefined && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
      context.issues.push({ code: 'custom', message: wanted, input: context.value });
      return z.NEVER;
    })
    .meta({ ...help });
}

/** A number of bytes per second. */
export function byteRate(help: Help) {
  const wanted = 'must be a rate of bytes such as 100KB/s or 1MB/s';
  return z
    .string({ error: ({ input }) => withUnit(wanted, input, 'B/s') })
    .meta({ pattern: BYTE_RATE_PATTERN })
    .transform((value, context): number => {
      const perSec = parseByteRate(value);
      return perSec !== undefined && perSec <= Number.MAX_SAFE_INTEGER
        ? perSec
        : problem(context, wanted);
    })
    .meta({ ...help });
}

/** A number more than 0, fractions allowed. */
export function positiveNumber(max: number, help: Help) {
  const error = `must be a number > 0, ${max} at most`;
  return z
    .number({ error })
    .positive({ error })
    .max(max, { error })
    .meta({ ...help });
}

/** A whole number, both ends included. */
export function wholeNumber(range: { readonly min: number; readonly max: number }, help: Help) {
  const error = `must be a whole number from ${range.min} to ${range.max}`;
  return z
    .int({ error })
    .min(range.min, { error })
    .max(range.max, { error })
    .meta({ ...help });
}

/** Yes or no. */
export function flag(help: Help) {
  return z.boolean({ error: 'must be true or false' }).meta({ ...help });
}

/** One of a few words. */
export function enumOf<const T extends readonly string[]>(words: T, help: Help) {
  return z.enum(words, { error: `must be ${words.join(' or ')}` }).meta({ ...help });
}

type Issues = z.core.$RefinementCtx<string>;

function problem(context: Issues, message: string): never {
  context.issues.push({ code: 'custom', message, input: context.value });
  return z.NEVER;
}

/** A number or a boolean where a text is wanted only lacks its quotes. */
function wantedText(wanted: string) {
  return ({ input }: { readonly input?: unknown }): string =>
    typeof input === 'number' || typeof input === 'boolean'
      ? `must be a text: put it in quotes ("${input}")`
      : wanted;
}

/** A share that was written as a ratio, 0.3, is meant as 30%. */
function percentOf(input: unknown): unknown {
  const isRatio = typeof input === 'number' && input > 0 && input <= 1;
  return isRatio ? Number((input * 100).toPrecision(12)) : input;
}

function withUnit(wanted: string, input: unknown, unit: string): string {
  return typeof input === 'number' && Number.isFinite(input) && input >= 0
    ? `must name its unit, such as ${input}${unit}`
    : wanted;
}
