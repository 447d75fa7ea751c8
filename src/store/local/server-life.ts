import type { Clock, Ns, Timer } from '../../core/index.ts';

export interface ServerLifeOptions {
  readonly clock: Clock;
  /** How long a new server waits for its first lease. */
  readonly firstLeaseNs: Ns;
  /** How long it goes on after its last lease was lost: another command may be about to come. */
  readonly lingerNs: Ns;
  /** Called once, when the life is over. */
  end(reason: string): void;
}

/**
 * Decides when the local server stops. It has no sockets and no processes of its own.
 *
 *   on demand: as long as a command holds a lease. The last one released: stop at once. The last
 *              one lost (its process died): stop after a short while.
 *   kept:      until it is asked to stop, or nobody held a lease or sent a query for the idle time.
 */
export class ServerLife {
  readonly #options: ServerLifeOptions;
  #leases = 0;
  #idleNs: Ns | undefined;
  #over = false;
  #timer: Timer | undefined;

  constructor(options: ServerLifeOptions) {
    this.#options = options;
    this.#endAfter(options.firstLeaseNs, 'no command came to use it');
  }

  get leases(): number {
    return this.#leases;
  }

  /** The idle time of a kept server; undefined for one on demand. */
  get idleNs(): Ns | undefined {
    return this.#idleNs;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Returns whether the lease is granted; not to a server that is stopping. */
  lease(): boolean {
    if (this.#over) return false;
    this.#leases += 1;
    this.#timer?.cancel();
    return true;
  }

  /** A command is done. Returns whether the server stops now. */
  release(): boolean {
    this.#leases -= 1;
    if (this.#leases > 0) return this.#over;
    if (this.#idleNs === undefined) this.end('the last command released it');
    else this.#waitForIdle();
    return this.#over;
  }

  /** A command is gone without having released its lease. */
  lose(): void {
    this.#leases -= 1;
    if (this.#leases > 0 || this.#over) return;
    if (this.#idleNs === undefined) {
      this.#endAfter(this.#options.lingerNs, 'the last command that used it is gone');
    } else {
      this.#waitForIdle();
    }
  }

  /** From now on it stays without leases too, for as long as it is not idle for `idleNs`. */
  keep(idleNs: Ns): void {
    this.#idleNs = idleNs;
    this.used();
  }

  /** Somebody sent a query: the idle time starts anew. */
  used(): void {
    if (this.#idleNs !== undefined && this.#leases === 0 && !this.#over) this.#waitForIdle();
  }

  /** It is no longer kept. Returns whether it stops now; with leases it does when they end. */
  stopKeeping(): boolean {
    this.#idleNs = undefined;
    if (this.#leases === 0) this.end('it was asked to stop');
    return this.#over;
  }

  /** Ends the life at once, leases or not. */
  end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#options.end(reason);
  }

  #waitForIdle(): void {
    if (this.#idleNs !== undefined) this.#endAfter(this.#idleNs, 'nobody used it');
  }

  #endAfter(delayNs: Ns, reason: string): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayNs, () => this.end(reason));
  }
}
