import {
  CapacitySearch,
  capacityResult,
  type CapacityResult,
  type Probe,
  type ProbeNumbers,
} from '../../src/capacity/index.ts';
import {
  NS_PER_SEC,
  rngFrom,
  type HistogramSlice,
  type Outcome,
  type Rng,
} from '../../src/core/index.ts';
import {
  parseThreshold,
  type CapacityPhaseSpec,
  type CapacitySpec,
  type FixedThreshold,
} from '../../src/scenario/index.ts';

/** A server as arithmetic: given every arrival in order, it says when and how the call ended. */
export interface SimulatedServer {
  answer(atNs: number, rng: Rng): { readonly endNs: number; readonly outcome: Outcome };
}

/** Returns a server of `workers` that takes `serviceNs` for a call, first come first served. */
export function queueingServer(workers: number, serviceNs: (rng: Rng) => number): SimulatedServer {
  const freeAtNs = Array.from({ length: workers }, () => 0);
  return {
    answer: (atNs, rng) => {
      const worker = freeAtNs.indexOf(Math.min(...freeAtNs));
      const endNs = Math.max(atNs, freeAtNs[worker] ?? 0) + serviceNs(rng);
      freeAtNs[worker] = endNs;
      return { endNs, outcome: 'ok' };
    },
  };
}

/** Returns a server that answers in no time, and refuses what is past `capPerSec`. */
export function cappedServer(capPerSec: number): SimulatedServer {
  let room = 1;
  let lastNs = 0;
  return {
    answer: (atNs) => {
      room = Math.min(5, room + ((atNs - lastNs) / NS_PER_SEC) * capPerSec);
      lastNs = atNs;
      if (room < 1) return { endNs: atNs + 1e6, outcome: 'status' };
      room -= 1;
      return { endNs: atNs + 1e6, outcome: 'ok' };
    },
  };
}

export function searchSpec(changes: Partial<CapacitySpec> & { objective: string }): CapacitySpec {
  const { objective, ...rest } = changes;
  return {
    objectives: [thresholdOf(objective)],
    fromPerSec: 25,
    toPerSec: 2_000,
    precisionRatio: 0.05,
    probeNs: 10 * NS_PER_SEC,
    process: 'poisson',
    ...rest,
  };
}

export interface SimulatedSearch {
  readonly result: CapacityResult;
  /** In their order. */
  readonly probes: readonly ProbeNumbers[];
}

/** Carries out a search against a server that is new for every probe, without any waiting. */
export async function simulateSearch(
  spec: CapacitySpec,
  newServer: () => SimulatedServer,
  seed: number,
): Promise<SimulatedSearch> {
  const probes: ProbeNumbers[] = [];
  const search = new CapacitySearch({ capacity: spec });
  let fromNs = 0;
  for (;;) {
    const step = search.next();
    if (step.kind === 'done') {
      return { result: capacityResult(spec, search.rates, true), probes };
    }
    const numbers = simulateProbe(spec, step.probe, newServer(), { seed, fromNs });
    fromNs = numbers.phase.toNs + 5 * NS_PER_SEC;
    probes.push(numbers);
    await search.add(numbers);
  }
}

export function phaseOf(spec: CapacitySpec): CapacityPhaseSpec {
  return { name: 'find', flow: 'flow', durationNs: 0, measure: true, capacity: spec };
}

export function thresholdOf(text: string): FixedThreshold {
  const threshold = parseThreshold(text);
  if (!('text' in threshold)) throw new Error(threshold.message);
  const { limit } = threshold;
  if (typeof limit !== 'number') throw new Error(`${text} is relative to a baseline`);
  return { ...threshold, limit };
}

/** One second of lead-in, then the probe. */
function simulateProbe(
  { process }: CapacitySpec,
  { ratePerSec, number, durationNs }: Probe,
  server: SimulatedServer,
  { seed, fromNs }: { readonly seed: number; readonly fromNs: number },
): ProbeNumbers {
  const rng = rngFrom(seed, `probe ${number}`);
  const name = `find@${ratePerSec}/s#${number}`;
  const toNs = fromNs + durationNs;
  const cells = new Map<string, { slice: HistogramSlice; counts: Map<number, number> }>();
  let arrivals = 0;
  for (let atNs = fromNs - NS_PER_SEC; ;) {
    const gaps = process === 'constant' ? 1 : -Math.log1p(-rng.nextFloat());
    atNs += (gaps / ratePerSec) * NS_PER_SEC;
    if (atNs >= toNs) break;
    const { endNs, outcome } = server.answer(atNs, rng);
    if (atNs < fromNs) continue;
    arrivals++;
    const second = Math.floor(atNs / NS_PER_SEC);
    const key = `${second} ${outcome}`;
    const common = { second, phase: name, step: 'call', target: 'target', outcome };
    const cell = cells.get(key) ?? {
      slice: { ...common, clock: 'response', valueNs: [], count: [] },
      counts: new Map<number, number>(),
    };
    cells.set(key, cell);
    const valueNs = bucketOf(endNs - atNs);
    cell.counts.set(valueNs, (cell.counts.get(valueNs) ?? 0) + 1);
  }
  const histograms = [...cells.values()].map(({ slice, counts }): HistogramSlice => {
    const pairs = [...counts].sort(([a], [b]) => a - b);
    return { ...slice, valueNs: pairs.map(([v]) => v), count: pairs.map(([, c]) => c) };
  });
  return {
    phase: { name, fromNs, toNs, model: 'open', measured: true },
    histograms,
    counters: [{ second: 0, phase: name, step: '', counter: 'arrivals', value: arrivals }],
    connectErrors: [],
  };
}

/** The middle of one of 200 buckets per factor of ten. */
function bucketOf(ns: number): number {
  return Math.round(10 ** ((Math.floor(Math.log10(ns) * 200) + 0.5) / 200));
}
