import { drawAt, hashText, type Clock, type Ns, type Ratio, type Timer } from '../core/index.ts';
import { kindOf } from './catalogue.ts';
import type { SettingValues } from './setting.ts';
import { selectsNth, type Toxic, type ToxicWatcher } from './toxic.ts';

/** The proxy that a toxic is on, its clock, and the seed of its draws. */
export interface ToxicContext {
  readonly seed: number;
  readonly proxy: string;
  readonly clock: Clock;
}

/** Whether a toxic affects one connection or request; `not yet` while a ramp may still reach it. */
export type Verdict = 'works' | 'spares' | 'not yet';

/**
 * One toxic on one proxy, shared by all connections and requests of that proxy. It decides which of
 * them it affects, from its window, its trigger, its toxicity and its ramp.
 *
 *     put on        window opens                          window ends
 *       ├───────────────┼─── ramp: 0 ... 1 ───┼──── 1 ────────┤
 *        passes all      counts what reaches it, asks trigger, then toxicity; then passes all again
 *
 * The toxicity's draw is a function of (seed, proxy, toxic, revision, connection or key) alone. Of
 * the connections and requests it keeps their count and nothing else.
 */
export class ActiveToxic {
  readonly #context: ToxicContext;
  readonly #opensNs: Ns;
  readonly #closesNs: Ns;
  readonly #watchers = new Set<ToxicWatcher>();
  #toxic: Toxic;
  #met = 0;
  #revision = 0;
  #purpose: number;
  #timer: Timer | undefined;
  #isOff = false;

  constructor(toxic: Toxic, context: ToxicContext) {
    const window = toxic.trigger?.window;
    this.#toxic = toxic;
    this.#context = context;
    this.#opensNs = context.clock.nowNs() + (window?.fromNs ?? 0);
    this.#closesNs = window === undefined ? Infinity : this.#opensNs + window.forNs;
    this.#purpose = this.#purposeNow();
  }

  /** The toxic with its current settings. */
  get toxic(): Toxic {
    return this.#toxic;
  }

  /**
   * Takes new settings or another toxicity, and draws anew which connections and requests it
   * affects. Its chains apply the change when `LinkChain.updated` is called.
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
    const passedNs = this.#context.clock.nowNs() - this.#opensNs;
    return Math.min(1, Math.max(0, passedNs / rampNs));
  }

  /** Returns whether its window is open now; always true without one. */
  isOpen(): boolean {
    if (this.#toxic.trigger?.window === undefined) return true;
    const nowNs = this.#context.clock.nowNs();
    return nowNs >= this.#opensNs && nowNs < this.#closesNs;
  }

  /** Returns whether it was taken off, or its window has ended. */
  isOver(): boolean {
    return this.#isOff || this.#context.clock.nowNs() >= this.#closesNs;
  }

  /**
   * Returns how long until it may begin to affect a connection that it spares now and that sends
   * nothing: until its window opens, or until its ramp reaches the key. Undefined for never.
   */
  beginsInNs(key: number | string): Ns | undefined {
    if (this.isOver()) return undefined;
    const nowNs = this.#context.clock.nowNs();
    if (nowNs < this.#opensNs) return this.#opensNs - nowNs;
    const { toxicity, rampNs = 0 } = this.#toxic;
    const draw = this.#draw(key);
    if (draw >= toxicity || this.strength() >= 1) return undefined;
    // Plus 1 ns: the draw must be below the share that the ramp has reached.
    const reachedNs = this.#opensNs + Math.ceil((rampNs * draw) / toxicity) + 1;
    return Math.max(1, reachedNs - nowNs);
  }

  /** Counts a connection or request that reached it in its window; returns its number, from 1. */
  meet(): number {
    this.#met += 1;
    return this.#met;
  }

  /**
   * Returns whether it affects the connection or request that reached it as the nth. `key` keys the
   * draw: a connection's number, or a request's key.
   */
  verdict(key: number | string, nth: number): Verdict {
    const { toxicity, trigger } = this.#toxic;
    if (!selectsNth(trigger, nth)) return 'spares';
    const draw = this.#draw(key);
    if (draw >= toxicity) return 'spares';
    if (this.#rampsAmount()) return 'works';
    return draw < toxicity * this.strength() ? 'works' : 'not yet';
  }

  /**
   * Counts a new connection and returns whether it affects it; for kinds that work on connections.
   * `connection` is its number on the proxy, from 0.
   */
  worksOnConnection(connection: number): boolean {
    return this.isOpen() && this.verdict(connection, this.meet()) === 'works';
  }

  /**
   * Counts a request that matched and returns whether it affects it; for kinds that work on
   * requests. The same key gives the same draw.
   */
  worksOnRequest(key: number | string): boolean {
    return this.isOpen() && this.verdict(key, this.meet()) === 'works';
  }

  /**
   * Calls the watcher once: when the window ends, or, where it has `left`, when the toxic is
   * removed.
   */
  watch(watcher: ToxicWatcher): void {
    if (this.#closesNs === Infinity && watcher.left === undefined) return;
    this.#watchers.add(watcher);
    this.#awaitEnd();
  }

  /** Forgets a watcher. */
  unwatch(watcher: ToxicWatcher): void {
    this.#watchers.delete(watcher);
  }

  /** The toxic is removed for good: calls its watchers. */
  leave(): void {
    this.#isOff = true;
    const watchers = [...this.#watchers];
    this.end();
    for (const watcher of watchers) watcher.left?.();
  }

  /**
   * Cancels its timer and forgets its watchers: the proxy was disabled, and may be enabled again.
   */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#watchers.clear();
  }

  /**
   * A timer may fire early: then it is set again for the rest, for watchers that came meanwhile
   * too.
   */
  #awaitEnd(): void {
    if (this.#timer || this.#closesNs === Infinity) return;
    this.#timer = this.#context.clock.after(this.#closesNs - this.#context.clock.nowNs(), () => {
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
    return drawAt(this.#context.seed, this.#purpose, sequence);
  }

  #rampsAmount(): boolean {
    const kind = kindOf(this.#toxic.type);
    return kind.works !== 'connection' && kind.ramps === 'amount';
  }

  /** A changed toxic draws anew, as in Toxiproxy. */
  #purposeNow(): number {
    const name = `toxicity/${this.#context.proxy}/${this.#toxic.name}`;
    return hashText(this.#revision === 0 ? name : `${name}/${this.#revision}`);
  }
}
