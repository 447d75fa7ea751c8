import { invariant, type Ns } from '../core/index.ts';
import type { BreakerSpec } from './policy.ts';
import { SlidingCounts } from './sliding-counts.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Hears of a breaker's new state, and of when it came to be: now, or somewhat before. */
export type BreakerListener = (state: BreakerState, atNs: Ns) => void;

/** What {@link Breaker.allow} says of an attempt that must not be sent. */
export const REFUSED = 0;

const ENDED = 0;
const FAILED = 1;
const SLOW = 2;

/**
 * Keeps attempts from a callee that fails or is slow.
 *
 *              enough of the window failed, or were slow
 *     closed ──────────────────────────────────────────► open ◄─┐
 *        ▲                                          sleep │      │ one probe failed,
 *        │        all probes went well                    ▼      │ or too many were slow
 *        └──────────────────────────────────────────── half-open ┘
 *
 * It looks as an attempt fails or was slow, and opens at exactly the ratios; below `volume`
 * attempts within the window it does not. It is half-open once the sleep is over, whether anybody
 * asks or not. A new state begins with an empty window.
 *
 * An attempt is let go with a ticket, which names the stay in a state in which it was. What ends
 * with the ticket of a stay that is over says nothing of the callee as it is now: it closes
 * nothing, opens nothing, and is no probe.
 */
export class Breaker {
  readonly #spec: BreakerSpec;
  readonly #onChange: BreakerListener | undefined;
  readonly #counts: SlidingCounts;
  #state: BreakerState = 'closed';
  /** The ticket of what is let go now; another one with every change of the state. */
  #ticket = 1;
  #openedNs: Ns = 0;
  #openBeforeNs: Ns = 0;
  #probesOut = 0;
  #probesWell = 0;
  #probesSlow = 0;

  constructor(spec: BreakerSpec, onChange?: BreakerListener) {
    this.#spec = spec;
    this.#onChange = onChange;
    this.#counts = new SlidingCounts(spec.windowNs, 3);
  }

  /**
   * Returns {@link REFUSED}, or the ticket, > 0, which is to be handed back as the attempt ends.
   * Half-open it is that of a probe.
   */
  allow(nowNs: Ns): number {
    if (this.#state === 'closed') return this.#ticket;
    if (this.state(nowNs) === 'open') return REFUSED;
    if (this.#probesOut + this.#probesWell >= this.#spec.probes) return REFUSED;
    this.#probesOut++;
    return this.#ticket;
  }

  /** An attempt ended, `tookNs` after it began. Whether that is a failure, the caller says. */
  settled(ticket: number, failed: boolean, tookNs: Ns, nowNs: Ns): void {
    if (ticket !== this.#ticket) return;
    const { slow } = this.#spec;
    const isSlow = slow !== undefined && tookNs > slow.fromNs;
    if (this.#state === 'half-open') this.#settleProbe(failed, isSlow, nowNs);
    else if (this.#state === 'closed') this.#count(failed, isSlow, nowNs);
  }

  /** An attempt came to nothing that says how the callee is: cancelled, or never sent. */
  abandoned(ticket: number, nowNs: Ns): void {
    if (ticket !== this.#ticket || this.state(nowNs) !== 'half-open') return;
    invariant(this.#probesOut > 0, 'a probe comes back once');
    this.#probesOut--;
  }

  state(nowNs: Ns): BreakerState {
    if (this.#state === 'open') {
      const atNs = this.#openedNs + this.#spec.sleepNs;
      if (nowNs >= atNs) this.#change('half-open', atNs);
    }
    return this.#state;
  }

  /**
   * Returns for how long it was open up to now, all times together; half-open is not open. Asked of
   * a moment before it opened last, those before that one.
   */
  openNs(nowNs: Ns): Ns {
    const isOpen = this.state(nowNs) === 'open';
    return this.#openBeforeNs + (isOpen ? Math.max(0, nowNs - this.#openedNs) : 0);
  }

  #count(failed: boolean, isSlow: boolean, nowNs: Ns): void {
    const counts = this.#counts;
    counts.passTo(nowNs);
    counts.add(ENDED);
    if (failed) counts.add(FAILED);
    if (isSlow) counts.add(SLOW);
    if (!failed && !isSlow) return;
    const { volume, failureRatio, slow } = this.#spec;
    const ended = counts.total(ENDED);
    if (ended < volume) return;
    const slowMost = slow?.ratio ?? Infinity;
    if (counts.total(FAILED) / ended >= failureRatio || counts.total(SLOW) / ended >= slowMost) {
      this.#change('open', nowNs);
    }
  }

  #settleProbe(failed: boolean, isSlow: boolean, nowNs: Ns): void {
    const { probes, slow } = this.#spec;
    invariant(this.#probesOut > 0, 'a probe comes back once');
    this.#probesOut--;
    this.#probesWell++;
    if (isSlow) this.#probesSlow++;
    if (failed || this.#probesSlow / probes >= (slow?.ratio ?? Infinity)) {
      this.#change('open', nowNs);
    } else if (this.#probesWell >= probes) this.#change('closed', nowNs);
  }

  #change(state: BreakerState, atNs: Ns): void {
    if (this.#state === 'open') this.#openBeforeNs += atNs - this.#openedNs;
    if (state === 'open') this.#openedNs = atNs;
    this.#state = state;
    this.#ticket++;
    this.#probesOut = 0;
    this.#probesWell = 0;
    this.#probesSlow = 0;
    this.#counts.clear();
    this.#onChange?.(state, atNs);
  }
}
