import { msFromNs, NS_PER_MS, NS_PER_US, nsFromMs } from '../../core/index.ts';
import {
  DELAY_MAX_DEFAULT_NS,
  type DelaySpec,
  DISTRIBUTIONS,
  type Setting,
  type SettingValue,
  type SettingValues,
  type ToxicKind,
} from '../../toxics/index.ts';
import { isObject } from './admin-json.ts';

/** The attributes of a toxic, read: values for every setting, or every problem. */
export type FromWire =
  | { readonly values: SettingValues }
  | { readonly problems: readonly WireProblem[] };

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
 * Returns the settings that the attributes say; what they leave out, or say as null, is as in
 * `base`, without which it is the default.
 *
 * Of Toxiproxy's own kinds any whole number is taken, below 0 too, names in any case, and what has
 * no such name is passed over, as there. Of other kinds every value has its range, and an unknown
 * name is a problem.
 */
export function settingsFromWire(
  kind: ToxicKind,
  attributes: Readonly<Record<string, unknown>>,
  base?: SettingValues,
): FromWire {
  const sent = new Map(Object.entries(attributes).filter(([, value]) => value !== null));
  const values: Record<string, SettingValue> = {};
  const problems: WireProblem[] = [];
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
    if ('problems' in read) problems.push(...read.problems);
    else values[key] = read.value;
  }
  if (!kind.isToxiproxys) problems.push(...unknownNames(sent, kind));
  if (problems.length === 0) problems.push(...checked(kind, values));
  return problems.length > 0 ? { problems } : { values };
}

/** What the kind itself finds wrong, by the names of the admin API. */
function checked(kind: ToxicKind, values: SettingValues): WireProblem[] {
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

function unknownNames(sent: ReadonlyMap<string, unknown>, kind: ToxicKind): WireProblem[] {
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

type Read = { readonly value: SettingValue } | { readonly problems: readonly WireProblem[] };

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
    case 'string':
      return typeof sent === 'string' ? { value: sent } : wrong(name, sent, 'a string');
    case 'enum':
      return typeof sent === 'string' && setting.values.includes(sent)
        ? { value: sent }
        : wrong(name, sent, `one of ${setting.values.join(', ')}`);
    case 'stringMap':
      return isStringMap(sent) ? { value: sent } : wrong(name, sent, 'an object of strings');
    case 'stringList':
      return isStringList(sent) ? { value: sent } : wrong(name, sent, 'a list of strings');
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
  return { problems: [{ name, seen, wanted }] };
}

function nsPer(wire: 'ms' | 'us'): number {
  return wire === 'ms' ? NS_PER_MS : NS_PER_US;
}

function defaultOf(setting: Setting): SettingValue | undefined {
  switch (setting.kind) {
    case 'stringMap':
      return {};
    case 'stringList':
      return [];
    case 'delay':
      return undefined;
    default:
      return setting.default;
  }
}

function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry) => typeof entry === 'string');
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

/** A problem with an attribute: where, the value seen, the value wanted. */
export interface WireProblem {
  /** `delay.sigma`, or the name of a setting. */
  readonly name: string;
  /** Undefined for a missing value. */
  readonly seen: unknown;
  /** `a number over 0, at most 10`. */
  readonly wanted: string;
}

/** Most values of a measured histogram that is sent. */
const VALUES_MAX = 100_000;

/** A number of a distribution: under which key it is sent and kept, and what it must be. */
interface Field {
  readonly wire: string;
  readonly key: string;
  readonly wanted: string;
  /** Where nothing was sent, in the unit of what is kept; absent: something must be. */
  readonly otherwise?: number;
  readonly isValid: (value: number) => boolean;
  readonly isTime: boolean;
}

type Formula = Exclude<DelaySpec['distribution'], 'histogram'>;

const MAX: Field = { ...time('max', 'maxNs'), otherwise: DELAY_MAX_DEFAULT_NS };
const FIELDS: Readonly<Record<Formula, readonly Field[]>> = {
  constant: [time('delay', 'delayNs')],
  uniform: [time('from', 'fromNs'), time('to', 'toNs')],
  normal: [time('mean', 'meanNs'), time('deviation', 'deviationNs'), MAX],
  lognormal: [time('median', 'medianNs'), over0('sigma', 10), MAX],
  pareto: [time('min', 'minNs'), over0('shape', 100), MAX],
};

/**
 * Returns a distribution as the admin API has it, times in ms:
 * `{"distribution":"lognormal","median":20,"sigma":0.5,"max":60000}`; a measured one has `values`,
 * `count` and `source`.
 */
export function delayToWire(delay: DelaySpec): Readonly<Record<string, unknown>> {
  const { distribution } = delay;
  if (distribution === 'histogram') {
    const { valueNs, count, source } = delay;
    return { distribution, values: valueNs.map((ns) => msFromNs(ns)), count, source };
  }
  const kept: Readonly<Record<string, unknown>> = delay;
  const numbers = FIELDS[distribution].map(({ wire, key, isTime }) => {
    const value = Number(kept[key]);
    return [wire, isTime ? msFromNs(value) : value] as const;
  });
  return { distribution, ...Object.fromEntries(numbers) };
}

/**
 * Returns the distribution that was sent as {@link delayToWire} sends it, or what is wrong with it.
 */
export function delayFromWire(
  sent: unknown,
  name: string,
): { readonly value: DelaySpec } | { readonly problems: readonly WireProblem[] } {
  if (!isObject(sent)) return problemAt(name, sent, 'an object with a distribution');
  const distribution = DISTRIBUTIONS.find((known) => known === sent['distribution']);
  if (distribution === undefined) {
    return problemAt(
      `${name}.distribution`,
      sent['distribution'],
      `one of ${DISTRIBUTIONS.join(', ')}`,
    );
  }
  return distribution === 'histogram' ? measured(sent, name) : formula(distribution, sent, name);
}

type Answer = ReturnType<typeof delayFromWire>;

function formula(
  distribution: Formula,
  sent: Readonly<Record<string, unknown>>,
  name: string,
): Answer {
  const problems: WireProblem[] = [];
  const kept: Record<string, number> = {};
  for (const { wire, key, wanted, otherwise, isValid, isTime } of FIELDS[distribution]) {
    const value = sent[wire];
    if (value === undefined && otherwise !== undefined) kept[key] = otherwise;
    else if (typeof value === 'number' && isValid(value)) {
      kept[key] = isTime ? nsFromMs(value) : value;
    } else problems.push({ name: `${name}.${wire}`, seen: value, wanted });
  }
  const { fromNs = 0, toNs = 0 } = kept;
  if (fromNs > toNs)
    problems.push({ name: `${name}.to`, seen: sent['to'], wanted: 'at least from' });
  if (problems.length > 0) return { problems };
  return { value: { distribution, ...kept } as unknown as DelaySpec };
}

function measured(sent: Readonly<Record<string, unknown>>, name: string): Answer {
  const { values, count, source = 'the admin API' } = sent;
  if (!isNumbers(values) || values.some((value, i) => value < (values[i - 1] ?? 0))) {
    return problemAt(`${name}.values`, values, 'a list of times in ms, ascending, at most 100000');
  }
  const isCount = isNumbers(count) && count.length === values.length;
  if (!isCount || count.some((n) => n < 0) || !count.some((n) => n > 0)) {
    return problemAt(`${name}.count`, count, 'a list of how often each value was seen');
  }
  if (typeof source !== 'string') return problemAt(`${name}.source`, source, 'a string');
  const valueNs = values.map((ms) => nsFromMs(ms));
  return { value: { distribution: 'histogram', valueNs, count, source } };
}

function problemAt(name: string, seen: unknown, wanted: string): Answer {
  return { problems: [{ name, seen, wanted }] };
}

function isNumbers(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= VALUES_MAX &&
    value.every((entry) => Number.isFinite(entry))
  );
}

function time(wire: string, key: string): Field {
  const wanted = 'a number of ms, 0 or more';
  return { wire, key, wanted, isValid: (ms) => ms >= 0 && Number.isFinite(ms), isTime: true };
}

function over0(name: string, max: number): Field {
  const wanted = `a number over 0, at most ${max}`;
  return { wire: name, key: name, wanted, isValid: (x) => x > 0 && x <= max, isTime: false };
}
