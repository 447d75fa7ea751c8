import { qValues } from '../core/index.ts';
import { fisherGreater, saysOutcome } from '../incident/index.ts';
import type { SpanForest } from '../spans/index.ts';
import type { StepCall } from './step-calls.ts';
import type { FaultShare, SeparatingValue } from './why.ts';

/** No value with fewer bad calls than this is looked at. */
const BAD_CALLS_MIN = 3;
const VALUES_MAX = 4;
/** As many as a gate puts up with, for it is asked of every one that fails. */
const FALSE_DISCOVERIES = 0.01;
/** P(v | bad) - P(v | good): what lies nearer together does not set calls apart. */
const GAP_MIN = 0.2;
/** Bad calls that a value must be there for: a value of few explains few. */
const BAD_SHARE_MIN = 0.3;

interface Tally {
  bad: number;
  good: number;
  weightedBad: number;
  weightedGood: number;
}

interface ValueTally extends Tally {
  readonly service: string;
  readonly key: string;
  readonly value: string;
  readonly all: Tally;
  /** The calls that have it, as a hash. */
  mark: number;
}

/**
 * Returns the values of attributes, at any span of a call, that bad calls have more often than
 * others: of the services' spans and resources, and of callgauge's own the tags of steps. What says
 * how a call ended tells nothing of why, and is left out.
 *
 * Each is put to Fisher's exact test against the others of its key and service, among calls that
 * have the key; q-values are over all that are tested. The test counts stored calls: its odds hold
 * where bad ones are kept more often. The shares told are of all calls.
 */
export function separatingValues(
  forest: SpanForest,
  calls: readonly StepCall[],
  weights: Float64Array,
): readonly SeparatingValue[] {
  const { byValue } = tallied(forest, calls, weights);
  const tested = [...byValue.values()].filter(
    ({ bad, good, all }) => bad >= BAD_CALLS_MIN && all.good > 0 && all.bad + all.good > bad + good,
  );
  const q = qValues(tested.map(pOf));
  const shares = tested
    .map(({ weightedBad, weightedGood, all, ...tally }, i) => ({
      service: tally.service,
      key: tally.key,
      value: tally.value,
      mark: tally.mark,
      badGivenValue: weightedBad / (weightedBad + weightedGood),
      valueGivenBad: weightedBad / all.weightedBad,
      valueGivenGood: weightedGood / all.weightedGood,
      q: q[i] ?? 1,
    }))
    .filter((one) => one.q <= FALSE_DISCOVERIES && gap(one) >= GAP_MIN)
    .filter((one) => one.valueGivenBad >= BAD_SHARE_MIN)
    .toSorted((a, b) => gap(b) - gap(a) || (a.key < b.key ? -1 : 1));
  // Values that the same calls have say one thing.
  return [...Map.groupBy(shares, ({ mark }) => mark).values()]
    .slice(0, VALUES_MAX)
    .flatMap(([first, ...others]) => {
      if (first === undefined) return [];
      const { mark: _mark, ...value } = first;
      return [{ ...value, alike: others.length }];
    });
}

function gap({ valueGivenBad, valueGivenGood }: Omit<SeparatingValue, 'alike'>): number {
  return valueGivenBad - valueGivenGood;
}

function pOf({ bad, good, all }: ValueTally): number {
  const n = bad + good;
  return fisherGreater({ hits: bad, n }, { hits: all.bad - bad, n: all.bad + all.good - n });
}

function emptyTally(): Tally {
  return { bad: 0, good: 0, weightedBad: 0, weightedGood: 0 };
}

function tallied(
  { table }: SpanForest,
  calls: readonly StepCall[],
  weights: Float64Array,
): { readonly byValue: ReadonlyMap<string, ValueTally> } {
  const { names, services, traceStarts, attributeStarts, attributeKeys, attributeValues } = table;
  const byKey = new Map<string, Tally>();
  const byValue = new Map<string, ValueTally>();
  const isLeftOut = names.map((name) => !isOfCalls(name));
  calls.forEach(({ isBad }, call) => {
    const seen = new Set<string>();
    const count = (tally: Tally, text: string): boolean => {
      if (seen.has(text)) return false;
      seen.add(text);
      tally[isBad ? 'bad' : 'good'] += 1;
      tally[isBad ? 'weightedBad' : 'weightedGood'] += weights[call] ?? 1;
      return true;
    };
    for (let span = traceStarts[call] ?? 0; span < (traceStarts[call + 1] ?? 0); span++) {
      const service = services[span] ?? 0;
      for (let i = attributeStarts[span] ?? 0; i < (attributeStarts[span + 1] ?? 0); i++) {
        const [key, value] = [attributeKeys[i] ?? 0, attributeValues[i] ?? 0];
        if (isLeftOut[key] === true) continue;
        const keyText = `${service} ${key}`;
        const all = byKey.get(keyText) ?? emptyTally();
        byKey.set(keyText, all);
        count(all, keyText);
        const text = `${keyText} ${value}`;
        const own = byValue.get(text) ?? {
          ...{ service: names[service] ?? '', key: names[key] ?? '', value: names[value] ?? '' },
          ...{ ...emptyTally(), all, mark: 0 },
        };
        byValue.set(text, own);
        if (count(own, text)) own.mark = (Math.imul(own.mark, 31) + call + 1) | 0;
      }
    }
  });
  return { byValue };
}

function isOfCalls(key: string): boolean {
  if (key.startsWith('callgauge.')) return key.startsWith('callgauge.tag.');
  return !saysOutcome(key) && !/(?:^|\.)(?:resend_count|retry_count)$/u.test(key);
}

/** Returns the faults of the scenario that touched bad calls, those with most of them first. */
export function faultShares(
  forest: SpanForest,
  calls: readonly StepCall[],
  weights: Float64Array,
): readonly FaultShare[] {
  const { table, attribute } = forest;
  const touched = new Map<string, { bad: number; good: number }>();
  const all = { bad: 0, good: 0 };
  calls.forEach(({ isBad }, call) => {
    const side = isBad ? 'bad' : 'good';
    const weight = weights[call] ?? 1;
    all[side] += weight;
    const names = new Set<string>();
    for (let i = table.traceStarts[call] ?? 0; i < (table.traceStarts[call + 1] ?? 0); i++) {
      const text = attribute(i, 'callgauge.fault') ?? '';
      if (text !== '') for (const name of text.split(',')) names.add(name);
    }
    for (const name of names) {
      const tally = touched.get(name) ?? { bad: 0, good: 0 };
      touched.set(name, tally);
      tally[side] += weight;
    }
  });
  return [...touched]
    .filter(([, { bad }]) => bad > 0)
    .map(([fault, { bad, good }]) => ({
      fault,
      badGivenValue: bad / (bad + good),
      valueGivenBad: bad / all.bad,
      valueGivenGood: all.good > 0 ? good / all.good : 0,
    }))
    .toSorted((a, b) => b.valueGivenBad - a.valueGivenBad || (a.fault < b.fault ? -1 : 1));
}
