import {
  NS_PER_SEC,
  nsFromSec,
  rngFrom,
  type HistogramSlice,
  type Ns,
  type RatePerSec,
  type Ratio,
} from '../../src/core/index.ts';
import { VirtualRun } from '../../src/simulate/index.ts';
import { oneStepScenario } from '../client/one-step-scenario.ts';

/** A single server with one queue, exponential gaps and times: M/M/1, first come first served. */
export interface KnownQueue {
  readonly ratePerSec: RatePerSec;
  /** The rate over what the server can do, below 1. */
  readonly load: Ratio;
}

/**
 * Returns the response times of one run against the queue, second by second, as its recorder holds
 * them. The run begins as if the load had gone on for ever, or with an empty queue.
 */
export async function runQueue(
  { ratePerSec, load }: KnownQueue,
  run: { readonly seed: number; readonly seconds: number; readonly empty: boolean },
): Promise<readonly HistogramSlice[]> {
  const rng = rngFrom(run.seed, 'queue');
  const servedPerSec = ratePerSec / load;
  const draw = (perSec: RatePerSec): Ns => nsFromSec(-Math.log(1 - rng.nextFloat()) / perSec);
  const waits = !run.empty && rng.nextFloat() < load;
  let freeAtNs = waits ? draw(servedPerSec - ratePerSec) : 0;
  const scenario = oneStepScenario({
    url: 'http://127.0.0.1:1',
    connections: 1,
    pacing: 'precise',
    phases: [{ seconds: run.seconds, measure: true, load: { ratePerSec, process: 'poisson' } }],
  });
  const virtual = new VirtualRun({
    scenario: { ...scenario, seed: run.seed },
    answer: (_call, sentNs) => {
      freeAtNs = Math.max(freeAtNs, sentNs) + draw(servedPerSec);
      return { atNs: freeAtNs };
    },
  });
  await virtual.whole();
  const all = virtual.slices.flatMap((slice) => slice.histograms);
  return all.filter((slice) => slice.clock === 'response');
}

/** Returns the percentile of the response time: exponential, of the rate that is left over. */
export function trueQuantileNs({ ratePerSec, load }: KnownQueue, percent: number): Ns {
  const leftPerSec = ratePerSec / load - ratePerSec;
  return (-Math.log(1 - percent / 100) / leftPerSec) * NS_PER_SEC;
}
