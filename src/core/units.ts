import { formatCount } from './counted.ts';

/**
 * Units of every quantity that callgauge passes around, and the only place that converts them.
 *
 * A unit is a *flavour* of number: a plain literal is accepted, a value that already carries
 * another unit is not, so that milliseconds cannot reach a parameter that wants nanoseconds.
 */
declare const unit: unique symbol;
type Flavour<U extends string> = number & { readonly [unit]?: U };

/** Whole nanoseconds. As an instant: since the start of the run. Exact up to 104 days. */
export type Ns = Flavour<'ns'>;
/** Milliseconds, fractions allowed. As an instant: since the Unix epoch. */
export type Ms = Flavour<'ms'>;
/** A part of a run: both ends in ns from its start, `toNs` excluded. */
export interface TimeRange {
  readonly fromNs: Ns;
  readonly toNs: Ns;
}

/** Events per second, > 0 where not said otherwise. */
export type RatePerSec = Flavour<'perSec'>;
/** A share between 0 and 1, both included. */
export type Ratio = Flavour<'ratio'>;

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_SEC = 1_000_000_000;
export const NS_PER_DAY = 86_400 * NS_PER_SEC;

const float = new Float64Array(1);

/**
 * Returns the same time, held as a float. V8 holds whole numbers below 2^31 in another form, and
 * compiles for that form what has met no other: of a run's times all are in it for 2.1 s, and then
 * none, so that everything a call passes through would be compiled twice. Where times begin, as
 * those of a clock do, they go through here.
 */
export function asFloat(ns: Ns): Ns {
  float[0] = ns;
  return float[0];
}

/** Returns whole nanoseconds for milliseconds, rounded to the nearest. */
export function nsFromMs(ms: Ms): Ns {
  return Math.round(ms * NS_PER_MS);
}

/** Returns whole nanoseconds for seconds, rounded to the nearest. */
export function nsFromSec(sec: number): Ns {
  return Math.round(sec * NS_PER_SEC);
}

/** Returns milliseconds, with their fraction, for nanoseconds. */
export function msFromNs(ns: Ns): Ms {
  return ns / NS_PER_MS;
}

/** Returns seconds, with their fraction, for nanoseconds. */
export function secFromNs(ns: Ns): number {
  return ns / NS_PER_SEC;
}

/**
 * Returns nanoseconds since the Unix epoch, exact to the microsecond that a float of
 * milliseconds holds. A bigint, since 2026 in ns is past 2^53.
 */
export function epochNsFromMs(epochMs: Ms): bigint {
  const wholeMs = Math.floor(epochMs);
  return BigInt(wholeMs) * 1_000_000n + BigInt(Math.round((epochMs - wholeMs) * NS_PER_MS));
}

/** Returns ms since the epoch; a float of them still resolves microseconds. */
export function epochMsFromNs(epochNs: bigint): Ms {
  return Number(epochNs / 1_000_000n) + Number(epochNs % 1_000_000n) / NS_PER_MS;
}

const DURATION = /^(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h)$/u;
const DURATION_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: NS_PER_US,
  µs: NS_PER_US,
  ms: NS_PER_MS,
  s: NS_PER_SEC,
  m: 60 * NS_PER_SEC,
  h: 3_600 * NS_PER_SEC,
};

/**
 * Returns the nanoseconds of a text such as `250ms`, `1.5s`, `2m`; undefined for any other text.
 */
export function parseDuration(text: string): Ns | undefined {
  const match = DURATION.exec(text.trim());
  const factor = DURATION_NS[match?.[2] ?? ''];
  return match && factor !== undefined ? Math.round(Number(match[1]) * factor) : undefined;
}

const RATE = /^(\d+(?:\.\d+)?)\s*\/\s*(s|m|h)$/u;
const RATE_SEC: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Returns events per second for a text such as `50/s`, `100/m`; undefined for any other text. */
export function parseRate(text: string): RatePerSec | undefined {
  const match = RATE.exec(text.trim());
  const sec = RATE_SEC[match?.[2] ?? ''];
  return match && sec !== undefined ? Number(match[1]) / sec : undefined;
}

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/u;

/** Returns the ratio of a text such as `1%`; undefined for any other text, and over 100%. */
export function parsePercent(text: string): Ratio | undefined {
  const match = PERCENT.exec(text.trim());
  const percent = Number(match?.[1]);
  return match && percent <= 100 ? percent / 100 : undefined;
}

const BYTES = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)$/u;
const BYTES_PER: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/**
 * Returns the bytes of a text such as `64KB` (1 KB = 1000 B) or `1MiB`; undefined for any other
 * text.
 */
export function parseBytes(text: string): number | undefined {
  const match = BYTES.exec(text.trim());
  const factor = BYTES_PER[match?.[2] ?? ''];
  return match && factor !== undefined ? Math.round(Number(match[1]) * factor) : undefined;
}

/** Returns bytes per second for a text such as `100KB/s`; undefined for any other text. */
export function parseByteRate(text: string): number | undefined {
  const match = /^(.*\S)\s*\/\s*s$/u.exec(text.trim());
  return match ? parseBytes(match[1] ?? '') : undefined;
}

/**
 * Returns a duration for people, three significant digits, in the unit that suits its size:
 * `850 ns`, `12.3 us`, `4.50 ms`, `1.25 s`, `2m 05s`, `1h 02m`.
 */
export function formatDuration(ns: Ns): string {
  const size = Math.abs(ns);
  if (size < NS_PER_US) return `${Math.round(ns)} ns`;
  if (size < NS_PER_MS) return `${threeDigits(ns / NS_PER_US)} us`;
  if (size < NS_PER_SEC) return `${threeDigits(ns / NS_PER_MS)} ms`;
  if (size < 60 * NS_PER_SEC) return `${threeDigits(ns / NS_PER_SEC)} s`;
  const totalSec = Math.round(ns / NS_PER_SEC);
  if (size < 3_600 * NS_PER_SEC) return `${Math.floor(totalSec / 60)}m ${pad(totalSec % 60)}s`;
  return `${Math.floor(totalSec / 3_600)}h ${pad(Math.floor((totalSec % 3_600) / 60))}m`;
}

/** Returns `400.1/s`, `0.25/s`, `12,345/s`. */
export function formatRate(rate: RatePerSec): string {
  if (rate >= 1_000) return `${formatCount(rate)}/s`;
  return `${rate >= 10 ? rate.toFixed(1) : rate.toFixed(2)}/s`;
}

/** Returns a share as a percentage: `0%`, `0.42%`, `12.5%`, and `<0.01%` for next to none. */
export function formatRatio(ratio: Ratio): string {
  if (ratio === 0) return '0%';
  const percent = ratio * 100;
  if (percent < 0.01) return '<0.01%';
  if (percent < 9.995) return `${percent.toFixed(2)}%`;
  return `${percent < 99.95 ? percent.toFixed(1) : percent.toFixed(0)}%`;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size < 9.995) return value.toFixed(2);
  if (size < 99.95) return value.toFixed(1);
  return value.toFixed(0);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
