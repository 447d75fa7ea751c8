import { NS_PER_MS, NS_PER_US } from '../core/index.ts';
import type { DelaySpec } from './delay-spec.ts';
import type { Setting, SettingValue, SettingValues } from './setting.ts';
import type { ToxicKind } from './toxic-kind.ts';
import { delayFromWire, delayToWire, type WireFault } from './wire-delay.ts';

/** What came of the attributes of a toxic: values for every setting, or all that is wrong. */
export type FromWire =
  | { readonly values: SettingValues }
  | { readonly faults: readonly WireFault[] };

const BYTES_PER_KB = 1_000;

/** Returns the name that a setting has in the admin API: snake_case. */
export function wireName({ name }: Setting): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * Returns all settings of a kind as the admin API has them, in its units: whole ms (or us), bytes,
 * whole KB/s, shares from 0 to 1.
 */
export function settingsToWire(
  kind: ToxicKind,
  values: SettingValues,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(kind.settings).map(([key, setting]) => {
    return [wireName(setting), toWire(setting, values[key])] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Returns the settings that the attributes say; what they leave out, or say as null, is as in `base`,
 * without which it is the default.
 *
 * Of Toxiproxy's own kinds any whole number is taken, below 0 too, names in any case, and what has no
 * such name is passed over, as there. Of other kinds every value has its range, and an unknown name
 * is a fault.
 */
export function settingsFromWire(
  kind: ToxicKind,
  attributes: Readonly<Record<string, unknown>>,
  base?: SettingValues,
): FromWire {
  const sent = new Map(Object.entries(attributes).filter(([, value]) => value !== null));
  const values: Record<string, SettingValue> = {};
  const faults: WireFault[] = [];
  for (const [key, setting] of Object.entries(kind.settings)) {
    const name = sentName(wireName(setting), sent, kind);
    const value = name === undefined ? undefined : sent.get(name);
    if (name !== undefined) sent.delete(name);
    const kept = base?.[key] ?? defaultOf(setting);
    if (value === undefined && kept !== undefined) {
      values[key] = kept;
      continue;
    }
    const read = fromWire(setting, value, kind.isToxiproxys ?? false);
    if ('faults' in read) faults.push(...read.faults);
    else values[key] = read.value;
  }
  if (!kind.isToxiproxys) faults.push(...unknownNames(sent, kind));
  if (faults.length === 0) faults.push(...checked(kind, values));
  return faults.length > 0 ? { faults } : { values };
}

/** What the kind itself finds wrong, by the names of the admin API. */
function checked(kind: ToxicKind, values: SettingValues): WireFault[] {
  const settings = Object.values(kind.settings);
  return (kind.check?.(values) ?? []).map(({ name, seen, wanted }) => {
    const setting = settings.find((candidate) => candidate.name === name);
    return { name: setting ? wireName(setting) : name, seen, wanted };
  });
}

function sentName(
  name: string,
  sent: ReadonlyMap<string, unknown>,
  kind: ToxicKind,
): string | undefined {
  if (sent.has(name)) return name;
  if (!kind.isToxiproxys) return undefined;
  return [...sent.keys()].find((candidate) => candidate.toLowerCase() === name);
}

function unknownNames(sent: ReadonlyMap<string, unknown>, kind: ToxicKind): WireFault[] {
  const names = Object.values(kind.settings).map((setting) => wireName(setting));
  const wanted = names.length === 0 ? `no attributes: ${kind.type} has none` : names.join(', ');
  return [...sent].map(([name, seen]) => ({ name, seen, wanted }));
}

function toWire(setting: Setting, value: SettingValue | undefined): unknown {
  switch (setting.kind) {
    case 'duration':
      return whole(Number(value) / nsPer(setting.wire));
    case 'byteRate':
      return whole(Number(value) / BYTES_PER_KB);
    case 'delay':
      return delayToWire(value as DelaySpec);
    default:
      return value;
  }
}

/** Rounded, and never -0, which JSON knows but Toxiproxy does not say. */
function whole(value: number): number {
  return Math.round(value) + 0;
}

type Read = { readonly value: SettingValue } | { readonly faults: readonly WireFault[] };

function fromWire(setting: Setting, sent: unknown, isUnchecked: boolean): Read {
  const name = wireName(setting);
  const range = isUnchecked ? ANY_INTEGER : rangeOf(setting);
  switch (setting.kind) {
    case 'duration':
      return scaled(name, sent, range, nsPer(setting.wire));
    case 'byteRate':
      return scaled(name, sent, range, BYTES_PER_KB);
    case 'bytes':
    case 'count':
    case 'share':
      return scaled(name, sent, range, 1);
    case 'text':
      return typeof sent === 'string' ? { value: sent } : wrong(name, sent, 'a text');
    case 'word':
      return typeof sent === 'string' && setting.words.includes(sent)
        ? { value: sent }
        : wrong(name, sent, `one of ${setting.words.join(', ')}`);
    case 'texts':
      return isTexts(sent) ? { value: sent } : wrong(name, sent, 'an object of texts');
    case 'names':
      return isNames(sent) ? { value: sent } : wrong(name, sent, 'a list of texts');
    case 'delay':
      return delayFromWire(sent, name);
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  readonly wanted: string;
}

/** What fits into 64 bits with a sign. */
const ANY_INTEGER: Range = {
  min: -(2 ** 63),
  max: 2 ** 63,
  isWhole: true,
  wanted: 'a whole number',
};

function rangeOf(setting: Setting): Range {
  if (setting.kind === 'share') {
    return { min: 0, max: 1, isWhole: false, wanted: 'a number from 0 to 1' };
  }
  if (setting.kind === 'count') {
    const { min, max } = setting;
    return { min, max, isWhole: true, wanted: `a whole number from ${min} to ${max}` };
  }
  return { min: 0, max: 1e12, isWhole: true, wanted: 'a whole number, 0 or more' };
}

function scaled(name: string, sent: unknown, range: Range, factor: number): Read {
  const { min, max, isWhole, wanted } = range;
  if (typeof sent !== 'number' || !(sent >= min && sent <= max)) return wrong(name, sent, wanted);
  if (isWhole && !Number.isInteger(sent)) return wrong(name, sent, wanted);
  return { value: sent * factor };
}

function wrong(name: string, seen: unknown, wanted: string): Read {
  return { faults: [{ name, seen, wanted }] };
}

function nsPer(wire: 'ms' | 'us'): number {
  return wire === 'ms' ? NS_PER_MS : NS_PER_US;
}

function defaultOf(setting: Setting): SettingValue | undefined {
  switch (setting.kind) {
    case 'texts':
      return {};
    case 'names':
      return [];
    case 'delay':
      return undefined;
    default:
      return setting.default;
  }
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry) => typeof entry === 'string');
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
