import { type Completion, isLoopbackHost } from '../../core/index.ts';
import type { ProxySpec, SettingValues, Toxic } from '../../toxics/index.ts';
import { type Endpoint, formatEndpoint, resolveListen } from '../endpoint.ts';
import type { ProxyControl, ProxyState } from '../proxy-control.ts';
import type { ProxyStats } from '../proxy-stats.ts';
import { ApiError } from './api-error.ts';

/** What a request that says no address gets. */
const FREE_PORT = '127.0.0.1:0';

/**
 * Proxies as the admin API may change them where its user did not allow more: no request opens a
 * port to other machines. Addresses beyond loopback on which there are proxies before the first
 * change, which the command line or the scenario asked for, may be used as before.
 */
export class ListenGuard implements ProxyControl {
  readonly #control: ProxyControl;
  #asked: Promise<ReadonlySet<string>> | undefined;

  constructor(control: ProxyControl) {
    this.#control = control;
  }

  proxies(): Promise<readonly ProxyState[]> {
    return this.#control.proxies();
  }

  proxy(name: string): Promise<ProxyState> {
    return this.#control.proxy(name);
  }

  async create(
    spec: ProxySpec,
    options?: { readonly enabled?: boolean; readonly toxics?: readonly Toxic[] },
  ): Promise<ProxyState> {
    return this.#control.create({ ...spec, listen: await this.#checked(spec.listen) }, options);
  }

  async update(
    name: string,
    change: { readonly listen?: string; readonly upstream?: string; readonly enabled?: boolean },
  ): Promise<ProxyState> {
    if (change.listen !== undefined) {
      const listen = await this.#checked(change.listen);
      return this.#control.update(name, { ...change, listen });
    }
    if (change.enabled === true) await this.#checked((await this.#control.proxy(name)).listen);
    return this.#control.update(name, change);
  }

  async remove(name: string): Promise<void> {
    await this.#askedFor();
    return this.#control.remove(name);
  }

  addToxic(proxy: string, toxic: Toxic): Promise<Completion> {
    return this.#control.addToxic(proxy, toxic);
  }

  updateToxic(
    proxy: string,
    toxic: string,
    change: { readonly settings?: SettingValues; readonly toxicity?: number },
  ): Promise<Completion> {
    return this.#control.updateToxic(proxy, toxic, change);
  }

  removeToxic(proxy: string, toxic: string): Promise<Completion> {
    return this.#control.removeToxic(proxy, toxic);
  }

  async reset(): Promise<void> {
    for (const { listen } of await this.#control.proxies()) await this.#checked(listen);
    return this.#control.reset();
  }

  stats(): Promise<ReadonlyMap<string, ProxyStats>> {
    return this.#control.stats();
  }

  close(): Promise<void> {
    return this.#control.close();
  }

  /** Returns the address to listen on. @throws ApiError 403 where it may not be used */
  async #checked(listen: string): Promise<string> {
    const asked = await this.#askedFor();
    if (listen === '') return FREE_PORT;
    const address = await resolvedIfAny(listen);
    if (address === undefined || isLoopbackHost(address.host)) return listen;
    if (asked.has(formatEndpoint(address))) return listen;
    throw new ApiError(
      `listen must be a loopback address, got ${listen}: other machines could connect; write 127.0.0.1 or localhost, or start callgauge with --allow-remote-listen`,
      403,
    );
  }

  #askedFor(): Promise<ReadonlySet<string>> {
    return (this.#asked ??= this.#control
      .proxies()
      .then((proxies) => new Set(proxies.map(({ listen }) => listen))));
  }
}

async function resolvedIfAny(listen: string): Promise<Endpoint | undefined> {
  try {
    return await resolveListen(listen, 'listen');
  } catch {
    // Who listens there says what is wrong with it.
    return undefined;
  }
}
