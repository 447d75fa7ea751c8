import type { Ns, Ratio } from '../core/index.ts';
import type { RequestMatch } from './http/request-matcher.ts';
import type { SettingValues } from './setting.ts';

/** `downstream` is from the upstream server to the client, `upstream` the other way. */
export type Direction = 'upstream' | 'downstream';

/**
 * Which of the connections (of a toxic on requests: which of the requests that match) a toxic works
 * on, counted in the order in which they reach it, from 1: those after so many, of them every k-th,
 * of those the first so many. A toxicity comes on top.
 */
export interface Trigger {
  /** Only the first so many; where `every` is said, of those that it picks. */
  readonly first?: number;
  /** Only every k-th: k, 2k, 3k... */
  readonly every?: number;
  /** Only those after so many; `every` counts from there, then `first`. */
  readonly after?: number;
  /** Only this long after the toxic was put on. */
  readonly window?: { readonly fromNs: Ns; readonly forNs: Ns };
}

/** A toxic: its type, its settings, and which traffic it affects. Can be sent between threads. */
export interface ToxicSpec {
  /** Names a kind in the catalogue. */
  readonly type: string;
  /** Ignored by a kind that works on whole connections or requests. */
  readonly stream: Direction;
  /** The share of connections, or of requests, that it works on. */
  readonly toxicity: Ratio;
  /** Every setting of its kind, by the name that the kind's code knows it by. */
  readonly settings: SettingValues;
  readonly trigger?: Trigger;
  /**
   * Over this time its strength goes from nothing to all: what it adds, where its kind adds an
   * amount (a delay), else its toxicity.
   */
  readonly rampNs?: Ns;
  /** Only of kinds that work on requests: those that it works on; without it all. */
  readonly match?: RequestMatch;
}

/** A toxic under the name that it has on its proxy, unique there over both streams. */
export interface Toxic extends ToxicSpec {
  readonly name: string;
}

/**
 * Returns whether a trigger selects the nth connection or request that reaches a toxic, counted
 * from 1; true without a trigger. With `after: a`, `every: k` and `first: f` it selects a + k, a +
 * 2k, ... a + f k. The window is checked elsewhere: nothing is counted outside it.
 */
export function selectsNth(trigger: Trigger | undefined, nth: number): boolean {
  if (trigger === undefined) return true;
  const { after = 0, every = 1, first = Infinity } = trigger;
  const position = (nth - after) / every;
  return Number.isInteger(position) && position >= 1 && position <= first;
}

/** Hears when a toxic stops working. */
export interface ToxicWatcher {
  windowEnded(): void;
  /** The toxic was removed. Absent: the watcher learns of the removal in another way. */
  left?(): void;
}
