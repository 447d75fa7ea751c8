import type { Completion } from '../core/index.ts';
import type { ProxySpec, SettingValues, Toxic } from '../toxics/index.ts';
import type { ProxyStats } from './proxy-stats.ts';

/** The current state of a proxy. */
export interface ProxyState extends ProxySpec {
  /** Resolved: a number in place of the host's name, and the port that is listened on. */
  readonly listen: string;
  /** Whether it listens. One that does not has no connections either. */
  readonly enabled: boolean;
  /** Those upstream first, then in the order in which they were put on. */
  readonly toxics: readonly Toxic[];
}

/**
 * A set of proxies that can be changed while they run. The admin API, the plan of a run and the
 * tests all use this; it runs in this thread (`ProxySet`) or in one of its own (`ProxyHost`).
 *
 * Every method may reject with PROXY_NOT_FOUND, PROXY_EXISTS, TOXIC_NOT_FOUND, TOXIC_EXISTS,
 * TOXIC_INVALID, PROXIES_INVALID (there are as many as may be), LISTEN_FAILED or PROXY_FAILED;
 * nothing has changed then unless it is said.
 */
export interface ProxyControl {
  /** Returns all proxies, in the order in which they were made. */
  proxies(): Promise<readonly ProxyState[]>;
  proxy(name: string): Promise<ProxyState>;
  /**
   * Makes a proxy with toxics on it from its first connection on; not listening if not `enabled`.
   */
  create(
    spec: ProxySpec,
    options?: { readonly enabled?: boolean; readonly toxics?: readonly Toxic[] },
  ): Promise<ProxyState>;
  /**
   * Changes a proxy. Another address stops it, which closes its connections, and starts it again;
   * where that fails it stays disabled. `enabled: false` closes its connections too.
   */
  update(
    name: string,
    change: { readonly listen?: string; readonly upstream?: string; readonly enabled?: boolean },
  ): Promise<ProxyState>;
  remove(name: string): Promise<void>;
  /** Puts a toxic on a proxy, on live connections too. Resolves when it is at work. */
  addToxic(proxy: string, toxic: Toxic): Promise<Completion>;
  /** Changes settings, toxicity or both; draws anew which connections it affects. */
  updateToxic(
    proxy: string,
    toxic: string,
    change: { readonly settings?: SettingValues; readonly toxicity?: number },
  ): Promise<Completion>;
  /** Takes a toxic off; what it held goes on its way. */
  removeToxic(proxy: string, toxic: string): Promise<Completion>;
  /** Enables every proxy and takes every toxic off. */
  reset(): Promise<void>;
  /** Returns what passed each proxy so far, by name. */
  stats(): Promise<ReadonlyMap<string, ProxyStats>>;
  /** Stops listening and closes every connection. May be called again. */
  close(): Promise<void>;
}
