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

/** Who wants to know that a toxic's window has ended. */
export interface WindowWatcher {
  windowEnded(): void;
}

/**
 * A toxic on its proxy, one object for all connections and requests there: it knows since when it is
 * on, how far it has ramped, how many it has met, and decides on whom it works.
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
  readonly #watchers = new Set<WindowWatcher>();
  #toxic: Toxic;
  #met = 0;
  #revision = 0;
  #purpose: number;
  #timer: Timer | undefined;

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

  /** Returns how far its ramp has come: 0 when its window opens, 1 at the ramp's end and without one. */
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

  /** Counts one more that reached it while it is open; returns its place in that order, from 1. */
  meet(): number {
    this.#met += 1;
    return this.#met;
  }

  /** Returns what becomes of the one that was met as the nth, by the number or text it is known by. */
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

  /** Tells the watcher once when the window ends; never without a window. */
  watch(watcher: WindowWatcher): void {
    if (this.#closesNs === Infinity) return;
    this.#watchers.add(watcher);
    this.#timer ??= this.#place.clock.after(this.#closesNs - this.#place.clock.nowNs(), () => {
      for (const waiting of this.#watchers) waiting.windowEnded();
      this.#watchers.clear();
    });
  }

  /** The watcher is gone. */
  unwatch(watcher: WindowWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** Takes its timer back, and tells nobody any more: the toxic is off, or its proxy is. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watchers.clear();
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
