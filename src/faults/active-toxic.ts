import { drawAt, hashText, type Clock, type Ns, type Ratio, type Timer } from '../core/index.ts';
import { kindOf } from './catalogue.ts';
import type { SettingValues } from './setting.ts';
import type { Toxic } from './toxic.ts';
import { meansNth } from './trigger.ts';

/** Where and by what chance a toxic works. */
export interface ToxicPlace {
  readonly seed: number;
  readonly proxy: string;
  readonly clock: Clock;
}

/** What becomes of one that a toxic met; `not yet` while a ramp may still reach it. */
export type Verdict = 'works' | 'spares' | 'not yet';

/** Who wants to know that a toxic works no longer. */
export interface ToxicWatcher {
  windowEnded(): void;
  /** The toxic was taken off; absent: it is told of that otherwise. */
  left?(): void;
}

/**
 * A toxic on its proxy, one object for all connections and requests there: it knows since when it
 * is on, how far it has ramped, how many it has met, and decides on whom it works.
 *
 *     put on        window opens                          window ends
 *       ├───────────────┼─── ramp: 0 ... 1 ───┼──── 1 ────────┤
 *        passes all      counts who reaches it: trigger, then toxicity; then passes all again
 *
 * Whom the toxicity means is a function of (seed, proxy, toxic, revision, connection or key) alone.
 * It keeps nothing of those it met but their number.
 */
export class ActiveToxic {
  readonly #place: ToxicPlace;
  readonly #opensNs: Ns;
  readonly #closesNs: Ns;
  readonly #watchers = new Set<ToxicWatcher>();
  #toxic: Toxic;
  #met = 0;
  #revision = 0;
  #purpose: number;
  #timer: Timer | undefined;
  #isOff = false;

  constructor(toxic: Toxic, place: ToxicPlace) {
    const window = toxic.trigger?.window;
    this.#toxic = toxic;
    this.#place = place;
    this.#opensNs = place.clock.nowNs() + (window?.fromNs ?? 0);
    this.#closesNs = window === undefined ? Infinity : this.#opensNs + window.forNs;
    this.#purpose = this.#purposeNow();
  }

  /** The toxic as it is told now. */
  get toxic(): Toxic {
    return this.#toxic;
  }

  /**
   * Takes new settings or another toxicity; whom it works on is drawn anew. The chains it stands in
   * are to be told by `LinkChain.updated`.
   */
  change(change: { readonly settings?: SettingValues; readonly toxicity?: Ratio }): void {
    this.#toxic = { ...this.#toxic, ...change };
    this.#revision += 1;
    this.#purpose = this.#purposeNow();
  }

  /**
   * Returns how far its ramp has come: 0 when its window opens, 1 at the ramp's end and without
   * one.
   */
  strength(): number {
    const { rampNs } = this.#toxic;
    if (rampNs === undefined || rampNs <= 0) return 1;
    const passedNs = this.#place.clock.nowNs() - this.#opensNs;
    return Math.min(1, Math.max(0, passedNs / rampNs));
  }

  /** Returns whether its window is open now; always true without one. */
  isOpen(): boolean {
    if (this.#toxic.trigger?.window === undefined) return true;
    const nowNs = this.#place.clock.nowNs();
    return nowNs >= this.#opensNs && nowNs < this.#closesNs;
  }

  /** Returns whether it was taken off, or its window has ended. */
  isOver(): boolean {
    return this.#isOff || this.#place.clock.nowNs() >= this.#closesNs;
  }

  /**
   * Returns how long until it may begin to work on one that it does not work on now, though nothing
   * comes of it: until its window opens, or its ramp reaches the key. Undefined where it never
   * will.
   */
  beginsInNs(key: number | string): Ns | undefined {
    if (this.isOver()) return undefined;
    const nowNs = this.#place.clock.nowNs();
    if (nowNs < this.#opensNs) return this.#opensNs - nowNs;
    const { toxicity, rampNs = 0 } = this.#toxic;
    const draw = this.#draw(key);
    if (draw >= toxicity || this.strength() >= 1) return undefined;
    // One more, since the draw must be below the share that the ramp has reached.
    const reachedNs = this.#opensNs + Math.ceil((rampNs * draw) / toxicity) + 1;
    return Math.max(1, reachedNs - nowNs);
  }

  /** Counts one more that reached it while it is open; returns its place in that order, from 1. */
  meet(): number {
    this.#met += 1;
    return this.#met;
  }

  /**
   * Returns what becomes of the one that was met as the nth, by the number or text it is known by.
   */
  verdict(key: number | string, nth: number): Verdict {
    const { toxicity, trigger } = this.#toxic;
    if (!meansNth(trigger, nth)) return 'spares';
    const draw = this.#draw(key);
    if (draw >= toxicity) return 'spares';
    if (this.#rampsAmount()) return 'works';
    return draw < toxicity * this.strength() ? 'works' : 'not yet';
  }

  /**
   * Counts a new connection and returns whether it works on it; for kinds that work on connections.
   * Connections have their number on the proxy, from 0.
   */
  worksOnConnection(connection: number): boolean {
    return this.isOpen() && this.verdict(connection, this.meet()) === 'works';
  }

  /**
   * Counts a request that matched and returns whether it works on it; for kinds that work on
   * requests. The draw is keyed by `key`: the same key, the same draw.
   */
  worksOnRequest(key: number | string): boolean {
    return this.isOpen() && this.verdict(key, this.meet()) === 'works';
  }

  /**
   * Tells the watcher once: when the window ends, or, if it wants that, when the toxic is taken
   * off.
   */
  watch(watcher: ToxicWatcher): void {
    if (this.#closesNs === Infinity && watcher.left === undefined) return;
    this.#watchers.add(watcher);
    this.#awaitEnd();
  }

  /** The watcher is gone. */
  unwatch(watcher: ToxicWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** The toxic is taken off for good: who watches is told. */
  leave(): void {
    this.#isOff = true;
    const watchers = [...this.#watchers];
    this.end();
    for (const watcher of watchers) watcher.left?.();
  }

  /** Takes its timer back, and tells nobody any more: the proxy is off, and may be on again. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watchers.clear();
  }

  /** A timer may be early; who came to watch in the rest of the time waits for it too. */
  #awaitEnd(): void {
    if (this.#timer || this.#closesNs === Infinity) return;
    this.#timer = this.#place.clock.after(this.#closesNs - this.#place.clock.nowNs(), () => {
      this.#timer = undefined;
      if (!this.isOver()) return this.#awaitEnd();
      const watchers = [...this.#watchers];
      this.#watchers.clear();
      for (const watcher of watchers) watcher.windowEnded();
      return undefined;
    });
  }

  #draw(key: number | string): number {
    const sequence = typeof key === 'number' ? key : hashText(key);
    return drawAt(this.#place.seed, this.#purpose, sequence);
  }

  #rampsAmount(): boolean {
    const kind = kindOf(this.#toxic.type);
    return kind.works !== 'connection' && kind.ramps === 'amount';
  }

  /** A toxic that was changed draws anew, as Toxiproxy does. */
  #purposeNow(): number {
    const name = `toxicity/${this.#place.proxy}/${this.#toxic.name}`;
    return hashText(this.#revision === 0 ? name : `${name}/${this.#revision}`);
  }
}
