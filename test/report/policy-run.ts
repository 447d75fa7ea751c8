import {
  endpointCounter,
  NS_PER_MS,
  NS_PER_SEC,
  type CounterSlice,
  type HistogramSlice,
} from '../../src/core/index.ts';
import { histogramOf, runRecord, type StoredRun } from '../analyze/memory-source.ts';
import { counters, sampleSeconds } from './sample-runs.ts';

/** The breaker was open from the middle of second 20 to the end of second 24. */
const OPEN_SEC = [
  [20, 0.5],
  [21, 1],
  [22, 1],
  [23, 1],
  [24, 1],
] as const;

const ORDER = { phase: 'steady', step: 'create-order' } as const;
const LOOK = { phase: 'steady', step: 'look' } as const;

type Counted = Readonly<Record<string, number>>;

function countersOf(key: typeof ORDER | typeof LOOK, values: Counted): CounterSlice[] {
  return Object.entries(values).map(([counter, value]) => ({
    ...key,
    second: 0,
    counter: counter as CounterSlice['counter'],
    value,
  }));
}

/** Returns calls that ended at once, 100 in each of some seconds. */
function endedAtOnce(
  outcome: 'rejected' | 'fallback',
  seconds: readonly number[],
): readonly HistogramSlice[] {
  const values = Array.from({ length: 100 }, () => 0.1 * NS_PER_MS);
  return seconds.flatMap((second) =>
    (['response', 'corrected'] as const).map((clock) => ({
      ...{ second, ...ORDER, target: 'orders', outcome, clock },
      ...histogramOf(values),
    })),
  );
}

/**
 * Returns a run of two steps with policies: one that retries, over two endpoints, whose breaker
 * opened; and one that hedges.
 */
export function policyRun(): StoredRun {
  const sample = { seed: 5, fromSec: 0, toSec: 35, timeoutMs: 2_000 };
  const busy = sampleSeconds({ ...sample, ratePerSec: 100, statusRatio: 0.01 });
  const looks = sampleSeconds({ ...sample, seed: 6, ratePerSec: 40, step: 'look' });
  return {
    run: runRecord(),
    seconds: [
      ...busy,
      ...looks.filter(({ step }) => step === 'look'),
      ...endedAtOnce('rejected', [21, 22, 23]),
      ...endedAtOnce('fallback', [24]),
    ],
    counters: [
      ...counters({ arrivals: 4_600, sender_ns: 30 * NS_PER_SEC, sender_cpu_ns: 3 * NS_PER_SEC }),
      ...countersOf(ORDER, {
        attempts: 3_740,
        retries: 340,
        retries_denied: 12,
        breaker_rejected: 412,
        bulkhead_rejected: 3,
        fallbacks: 100,
        breaker_opened: 1,
        breaker_open_ns: 4.5 * NS_PER_SEC,
        [endpointCounter('127.0.0.1:7101')]: 1_860,
        [endpointCounter('127.0.0.1:7111')]: 1_870,
        [endpointCounter('127.0.0.1:7121')]: 10,
      }),
      ...countersOf(LOOK, { attempts: 1_254, hedges: 54, hedge_wins: 31, hedges_denied: 2 }),
    ],
    counterSeconds: [
      ...OPEN_SEC.map(([second, openSec]) => ({
        ...{ second, ...ORDER, counter: 'breaker_open_ns' as const },
        value: openSec * NS_PER_SEC,
      })),
      { second: 10, ...ORDER, counter: 'attempts', value: 3_740 },
      { second: 10, ...ORDER, counter: 'retries', value: 340 },
      { second: 10, ...LOOK, counter: 'attempts', value: 1_254 },
    ],
  };
}
