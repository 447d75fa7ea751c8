import type { Change } from './compare-series.ts';

/** Whom a change is laid to: its service, and where it lies between two, its peer as well. */
export interface Blame {
  readonly change: Change;
  /** The part, 0 to 1, that is laid to the peer of the change; 0 where it has none. */
  readonly peerShare: number;
}

/**
 * Splits what lies between two services: the time of a call that its callee's span does not have,
 * an error that began at a call and that its callee does not know of.
 *
 * A callee that is slow to take calls, or is behind a slow network, has all its callers wait; a
 * caller that is short of CPU or behind a slow network has all its calls slow, and those to it.
 * So for each side the other pairs tell how likely it is: a pair that changed as much as this one
 * speaks for it by 1, one that did not change by 0, and without any other pair it is 1/2:
 *
 *   w = (1/2 + Σ min(1, other / this)) / (1 + number of others);   peer = w_p^2 / (w_p^2 + w_s^2)
 *
 * Its own work that got slower as well speaks for a side too, and work that did not does not speak
 * against it. What the callee calls in turn says nothing of how it takes calls.
 */
export function blameChanges(changes: readonly Change[]): readonly Blame[] {
  const pairs = new PairShifts(changes);
  return changes.map((change) => {
    const { measure, peer, place } = change.key;
    if (peer === '' || measure === 'calls' || measure === 'retries') {
      return { change, peerShare: 0 };
    }
    if (measure === 'stops' && place !== '') return { change, peerShare: 1 };
    return { change, peerShare: pairs.peerShare(change) };
  });
}

interface Shift {
  readonly service: string;
  readonly peer: string;
  amount: number;
  count: number;
}

/** How much calls between two services changed per call, for one measure each. */
class PairShifts {
  readonly #between = new Map<string, Map<string, Shift>>();
  readonly #within = new Map<string, Map<string, Shift>>();

  constructor(changes: readonly Change[]) {
    for (const change of changes) {
      const { measure, service, peer } = change.key;
      if (measure !== 'time' && measure !== 'errors') continue;
      const shifts = groupOf(peer === '' ? this.#within : this.#between, measure);
      const key = JSON.stringify([service, peer]);
      const shift = shifts.get(key) ?? { service, peer, amount: 0, count: 0 };
      shifts.set(key, shift);
      shift.amount += change.atLeast * change.windowCount;
      // Work within a service is counted by the operation that runs most: per pass through it.
      const { count } = shift;
      shift.count = peer === '' ? Math.max(count, change.windowCount) : count + change.windowCount;
    }
  }

  peerShare({ key, atLeast }: Change): number {
    if (atLeast === 0) return 0.5;
    const { service, peer } = key;
    const measure = key.measure === 'stops' ? 'errors' : key.measure;
    const likeness = (shift: Shift): number => Math.min(1, shift.amount / shift.count / atLeast);
    const shifts = groupOf(this.#between, measure);
    const weigh = (side: string, isPeer: boolean): number => {
      let [sum, n] = [0.5, 1];
      // Every pair has times; one without errors is one that did not change.
      for (const [name, pair] of groupOf(this.#between, 'time')) {
        if (pair.service === service && pair.peer === peer) continue;
        const other = pair.service === side ? pair.peer : pair.service;
        const isOfSide = pair.peer === side || (!isPeer && pair.service === side);
        if (!isOfSide || other === (isPeer ? service : peer)) continue;
        const shift = shifts.get(name);
        sum += shift === undefined ? 0 : likeness(shift);
        n += 1;
      }
      const own = groupOf(this.#within, measure).get(JSON.stringify([side, '']));
      const alike = own === undefined ? 0 : likeness(own);
      return (sum + alike) / (n + alike);
    };
    const [a, b] = [weigh(peer, true), weigh(service, false)];
    return (a * a) / (a * a + b * b);
  }
}

function groupOf(groups: Map<string, Map<string, Shift>>, measure: string): Map<string, Shift> {
  const group = groups.get(measure) ?? new Map<string, Shift>();
  groups.set(measure, group);
  return group;
}
