import type { Ns, Ratio } from '../core/index.ts';
import type { DelaySpec } from './delay-spec.ts';

/**
 * What a toxic can be told, described once: the scenario file's schema, the JSON of the admin API
 * and the documentation are all made from these descriptions.
 *
 *     scenario file                  in callgauge                 admin API
 *     latency: 250ms  ──────────►    latencyNs: 250_000_000  ◄──► "latency": 250
 *     averageSize: 64 B              averageBytes: 64             "average_size": 64
 */
interface Common {
  /** The key in a scenario file, camelCase; the admin API has it in snake_case. */
  readonly name: string;
  readonly description: string;
  /** As a scenario file has it. */
  readonly example: unknown;
}

/** A length of time, in ns. The admin API has whole numbers of `wire`. */
export interface DurationSetting extends Common {
  readonly kind: 'duration';
  readonly wire: 'ms' | 'us';
  readonly default: Ns;
}

/** A number of bytes. The scenario file also takes `64KB`, 1 KB = 1000 B. */
export interface BytesSetting extends Common {
  readonly kind: 'bytes';
  readonly default: number;
}

/** Bytes per second, `100KB/s`; the admin API has whole KB/s, 1 KB = 1000 B. */
export interface ByteRateSetting extends Common {
  readonly kind: 'byteRate';
  readonly default: number;
}

/** A whole number from `min` to `max`, both included. */
export interface CountSetting extends Common {
  readonly kind: 'count';
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** A share, 0 to 1; `10%` in the scenario file, 0.1 in the admin API. */
export interface ShareSetting extends Common {
  readonly kind: 'share';
  readonly default: Ratio;
}

/** Any text. */
export interface TextSetting extends Common {
  readonly kind: 'text';
  readonly default: string;
}

/** One of a few words. */
export interface WordSetting extends Common {
  readonly kind: 'word';
  readonly words: readonly string[];
  readonly default: string;
}

/** Texts by name: headers, say. Empty unless told. */
export interface TextsSetting extends Common {
  readonly kind: 'texts';
}

/** A list of names: headers to take away, say. Empty unless told. */
export interface NamesSetting extends Common {
  readonly kind: 'names';
}

/** How long something is held, drawn anew each time; there is no default. */
export interface DelaySetting extends Common {
  readonly kind: 'delay';
}

export type Setting =
  | DurationSetting
  | BytesSetting
  | ByteRateSetting
  | CountSetting
  | ShareSetting
  | TextSetting
  | WordSetting
  | TextsSetting
  | NamesSetting
  | DelaySetting;

/** The settings of one kind of toxic, by the name that its code knows them by, unit last. */
export type Settings = Readonly<Record<string, Setting>>;

/** What a setting is in memory. */
export type SettingValue =
  | number
  | string
  | Readonly<Record<string, string>>
  | readonly string[]
  | DelaySpec;

type ValueOf<S extends Setting> = S extends { readonly kind: 'text' | 'word' }
  ? string
  : S extends { readonly kind: 'texts' }
    ? Readonly<Record<string, string>>
    : S extends { readonly kind: 'names' }
      ? readonly string[]
      : S extends { readonly kind: 'delay' }
        ? DelaySpec
        : number;

/** The values of some settings, every one of them present. */
export type ValuesOf<S extends Settings> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** The values of any toxic's settings. */
export type SettingValues = Readonly<Record<string, SettingValue>>;
