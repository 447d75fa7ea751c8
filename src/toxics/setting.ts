import type { Ns, Ratio } from '../core/index.ts';
import type { DelaySpec } from './delay-spec.ts';

/**
 * A setting of a toxic, described once: the scenario file's schema, the JSON of the admin API
 * and the documentation are all made from these descriptions.
 *
 *     scenario file                  in callgauge                 admin API
 *     latency: 250ms  ──────────►    latencyNs: 250_000_000  ◄──► "latency": 250
 *     averageSize: 64 B              averageBytes: 64             "average_size": 64
 */
interface Common<Example> {
  /** The key in a scenario file, camelCase; the admin API has it in snake_case. */
  readonly name: string;
  readonly description: string;
  /** A value as a scenario file has it. */
  readonly example: Example;
}

/** A length of time, in ns. The admin API has whole numbers of `wire`. */
export interface DurationSetting extends Common<string> {
  readonly kind: 'duration';
  readonly wire: 'ms' | 'us';
  readonly default: Ns;
}

/** A number of bytes. The scenario file also takes `64KB`, 1 KB = 1000 B. */
export interface BytesSetting extends Common<string> {
  readonly kind: 'bytes';
  readonly default: number;
}

/** Bytes per second, `100KB/s`; the admin API has whole KB/s, 1 KB = 1000 B. */
export interface ByteRateSetting extends Common<string> {
  readonly kind: 'byteRate';
  readonly default: number;
}

/** A whole number from `min` to `max`, both included. */
export interface CountSetting extends Common<number> {
  readonly kind: 'count';
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** A share, 0 to 1; `10%` in the scenario file, 0.1 in the admin API. */
export interface ShareSetting extends Common<string> {
  readonly kind: 'share';
  readonly default: Ratio;
}

/** Any string. */
export interface StringSetting extends Common<string> {
  readonly kind: 'string';
  readonly default: string;
}

/** One of a few values. */
export interface EnumSetting extends Common<string> {
  readonly kind: 'enum';
  readonly values: readonly string[];
  readonly default: string;
}

/** Strings by name: headers, say. Empty by default. */
export interface StringMapSetting extends Common<Readonly<Record<string, string>>> {
  readonly kind: 'stringMap';
}

/** A list of strings: headers to remove, say. Empty by default. */
export interface StringListSetting extends Common<readonly string[]> {
  readonly kind: 'stringList';
}

/** How long something is held, drawn anew each time; there is no default. */
export interface DelaySetting extends Common<Readonly<Record<string, unknown>>> {
  readonly kind: 'delay';
}

export type Setting =
  | DurationSetting
  | BytesSetting
  | ByteRateSetting
  | CountSetting
  | ShareSetting
  | StringSetting
  | EnumSetting
  | StringMapSetting
  | StringListSetting
  | DelaySetting;

/** The settings of one kind of toxic by their names in code, unit last. */
export type Settings = Readonly<Record<string, Setting>>;

/** What a setting is in memory. */
export type SettingValue =
  | number
  | string
  | Readonly<Record<string, string>>
  | readonly string[]
  | DelaySpec;

type ValueOf<S extends Setting> = S extends { readonly kind: 'string' | 'enum' }
  ? string
  : S extends { readonly kind: 'stringMap' }
    ? Readonly<Record<string, string>>
    : S extends { readonly kind: 'stringList' }
      ? readonly string[]
      : S extends { readonly kind: 'delay' }
        ? DelaySpec
        : number;

/** The values of some settings, every one of them present. */
export type ValuesOf<S extends Settings> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** The values of any toxic's settings. */
export type SettingValues = Readonly<Record<string, SettingValue>>;
