import { type Ns, NS_PER_SEC } from '../core/index.ts';
import type { ReadyPhase, ReadyScenario } from '../scenario/index.ts';

/**
 * Up to this rate one worker is the better choice: each further one takes a core from the targets.
 */
const ONE_WORKER_PER_SEC = 30_000;

/**
 * Cores that a worker should find: its own, and one for what the kernel and the targets do for it.
 */
const CORES_PER_WORKER = 2;

/**
 * Returns how many threads are to send a scenario's load: as many as it says, or as its highest
 * rate asks for and the machine's cores allow. Virtual users alone are one worker's, whatever their
 * number; and so is what has a policy, whose budgets and breakers are those of one client.
 */
export function workerCount(
  { engine, load, flows }: Pick<ReadyScenario, 'engine' | 'load' | 'flows'>,
  cores: number,
): number {
  if (engine.workers !== 'auto') return engine.workers;
  if (flows.some(({ steps }) => steps.some(({ policy }) => policy !== undefined))) return 1;
  const peakPerSec = Math.max(0, ...load.flatMap(ratesOf));
  const wanted = Math.ceil(peakPerSec / ONE_WORKER_PER_SEC);
  return Math.max(1, Math.min(wanted, Math.floor(cores / CORES_PER_WORKER)));
}

/** The highest rate of a phase is among these. */
function ratesOf({ arrivals, replay }: ReadyPhase): readonly number[] {
  const rates = (arrivals?.pieces ?? []).flatMap(({ fromPerSec, toPerSec }) => [
    fromPerSec,
    toPerSec,
  ]);
  if (replay) {
    rates.push(mostWithin(NS_PER_SEC * replay.speed, replay.offsetsNs));
  }
  return rates;
}

/**
 * Returns how many of the ascending times lie, at most, within one stretch that is `lengthNs` long.
 */
function mostWithin(lengthNs: Ns, timesNs: Float64Array): number {
  let most = 0;
  let from = 0;
  for (const [i, timeNs] of timesNs.entries()) {
    while ((timesNs[from] ?? timeNs) <= timeNs - lengthNs) from++;
    most = Math.max(most, i - from + 1);
  }
  return most;
}
