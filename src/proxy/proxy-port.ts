import { HarnessError } from '../core/index.ts';
import type { DescriptorBudget } from './descriptor-budget.ts';
import { formatEndpoint, resolveListen } from './endpoint.ts';
import { listenAt, type Listener, type ListenerEvents } from './listener.ts';

/** The port of one proxy, open or closed. It costs a descriptor while it is open. */
export class ProxyPort {
  readonly #proxy: string;
  readonly #descriptors: DescriptorBudget;
  readonly #events: ListenerEvents;
  #listener: Listener | undefined;

  /** Closed. `proxy` is for messages. */
  constructor(proxy: string, descriptors: DescriptorBudget, events: ListenerEvents) {
    this.#proxy = proxy;
    this.#descriptors = descriptors;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#listener !== undefined;
  }

  /**
   * Opens it, which is closed now; returns the address as it is listened on.
   * @throws LISTEN_FAILED
   */
  async open(listen: string): Promise<string> {
    const wanted = await resolveListen(listen, `listen of proxy ${this.#proxy}`);
    if (!this.#descriptors.take(1)) throw noDescriptor(this.#proxy);
    try {
      this.#listener = await listenAt(wanted, this.#proxy, this.#events);
    } catch (error) {
      this.#descriptors.release(1);
      throw error;
    }
    return formatEndpoint(this.#listener.address);
  }

  /** May be called again. */
  close(): void {
    if (this.#listener === undefined) return;
    this.#listener.close();
    this.#listener = undefined;
    this.#descriptors.release(1);
  }
}

function noDescriptor(name: string): HarnessError {
  const message = `proxy ${name} cannot listen: the proxies hold as many descriptors as they may`;
  return new HarnessError('LISTEN_FAILED', message, {
    hint: 'Raise the limit of open files (ulimit -n): half of it is for proxies and their connections.',
  });
}
