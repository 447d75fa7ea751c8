import type { Blame } from './blame.ts';
import type { Change } from './compare-series.ts';
import type { CauseKind } from './incident.ts';

/** A change, or the part of one, that is laid to a service. */
export interface Charge {
  readonly change: Change;
  readonly kind: CauseKind;
  /** The part of the change, 0 to 1. */
  readonly share: number;
  /** In traces' worth, the lower end. */
  readonly harm: number;
  /** Whether chance does not explain it, and it is large enough to matter. */
  readonly isProven: boolean;
}

/** A service and what is laid to it, the most harmful first. */
export interface Suspect {
  readonly service: string;
  readonly charges: readonly Charge[];
  /** The harm of all charges, each by how believable it is. */
  readonly weight: number;
}

/** The part of false discoveries that is put up with, among what is called proven. */
const FALSE_DISCOVERIES = 0.05;
/** Less than this of the time of all traces, or of all requests, is no incident. */
const HARM_MIN = 0.005;

/**
 * Returns the services with any harm laid to them, the likeliest cause first: by their harm, each
 * change weighed by 1 - q, the chance that it is no false discovery, and no less than the part of
 * false discoveries put up with, so that services with nothing else to show keep their order.
 */
export function rankServices(blames: readonly Blame[]): readonly Suspect[] {
  const charges = new Map<string, Charge[]>();
  for (const { change, peerShare } of blames) {
    const { service, peer } = change.key;
    const all = change.atLeast * change.windowCount * change.amountPerUnit * change.harmPerAmount;
    if (all <= 0) continue;
    const isSure = change.q <= FALSE_DISCOVERIES;
    for (const [name, share] of [
      [service, 1 - peerShare],
      [peer, peerShare],
    ] as const) {
      if (share === 0) continue;
      const harm = all * share;
      const isProven = isSure && harm >= HARM_MIN;
      const own = charges.get(name) ?? [];
      charges.set(name, own);
      own.push({ change, kind: kindOf(change), share, harm, isProven });
    }
  }
  return [...charges]
    .map(([service, own]) => ({
      service,
      charges: own.toSorted((a, b) => believed(b) - believed(a)),
      weight: own.reduce((sum, charge) => sum + believed(charge), 0),
    }))
    .toSorted((a, b) => b.weight - a.weight);
}

function believed({ harm, change }: Charge): number {
  return harm * Math.max(1 - change.q, FALSE_DISCOVERIES);
}

function kindOf({ key }: Change): CauseKind {
  switch (key.measure) {
    case 'time':
      return key.peer === '' ? 'slower-inside' : 'network-around';
    case 'calls':
      return 'called-more';
    case 'stops':
      return 'calls-missing';
    case 'retries':
      return 'retries-multiply';
    case 'errors':
    case 'spans':
      return 'errors-begin';
  }
}
