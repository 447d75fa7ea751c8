import { msFromNs, nsFromMs } from '../core/index.ts';
import { DELAY_MAX_DEFAULT_NS, DISTRIBUTIONS, type DelaySpec } from './delay-spec.ts';

/** What is wrong with a part of what came: where, what stood there, what should. */
export interface WireFault {
  /** `delay.sigma`, or the name of a setting. */
  readonly name: string;
  /** Undefined where nothing stood there. */
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

/** Returns the distribution that was sent as {@link delayToWire} sends it, or what is wrong with it. */
export function delayFromWire(
  sent: unknown,
  name: string,
): { readonly value: DelaySpec } | { readonly faults: readonly WireFault[] } {
  if (!isRecord(sent)) return faultAt(name, sent, 'an object with a distribution');
  const distribution = DISTRIBUTIONS.find((known) => known === sent['distribution']);
  if (distribution === undefined) {
    return faultAt(
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
  const faults: WireFault[] = [];
  const kept: Record<string, number> = {};
  for (const { wire, key, wanted, otherwise, isValid, isTime } of FIELDS[distribution]) {
    const value = sent[wire];
    if (value === undefined && otherwise !== undefined) kept[key] = otherwise;
    else if (typeof value === 'number' && isValid(value)) {
      kept[key] = isTime ? nsFromMs(value) : value;
    } else faults.push({ name: `${name}.${wire}`, seen: value, wanted });
  }
  const { fromNs = 0, toNs = 0 } = kept;
  if (fromNs > toNs) faults.push({ name: `${name}.to`, seen: sent['to'], wanted: 'at least from' });
  if (faults.length > 0) return { faults };
  return { value: { distribution, ...kept } as unknown as DelaySpec };
}

function measured(sent: Readonly<Record<string, unknown>>, name: string): Answer {
  const { values, count, source = 'the admin API' } = sent;
  if (!isNumbers(values) || values.some((value, i) => value < (values[i - 1] ?? 0))) {
    return faultAt(`${name}.values`, values, 'a list of times in ms, ascending, at most 100000');
  }
  const isCount = isNumbers(count) && count.length === values.length;
  if (!isCount || count.some((n) => n < 0) || !count.some((n) => n > 0)) {
    return faultAt(`${name}.count`, count, 'a list of how often each value was seen');
  }
  if (typeof source !== 'string') return faultAt(`${name}.source`, source, 'a text');
  const valueNs = values.map((ms) => nsFromMs(ms));
  return { value: { distribution: 'histogram', valueNs, count, source } };
}

function faultAt(name: string, seen: unknown, wanted: string): Answer {
  return { faults: [{ name, seen, wanted }] };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
