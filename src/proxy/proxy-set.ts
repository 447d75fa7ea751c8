import { type Completion, HarnessError, msFromNs } from '../core/index.ts';
import { NO_TOUCHES, type Toxic, type ProxySpec, type Touches } from '../toxics/index.ts';
import { DescriptorBudget } from './descriptor-budget.ts';
import { nameList } from './name-list.ts';
import type { ProxyControl, ProxyState } from './proxy-control.ts';
import type { ProxyStats } from './proxy-stats.ts';
import { TcpProxy, type ProxyChange, type ProxyContext } from './tcp-proxy.ts';
import type { ToxicChange } from './toxic-set.ts';
import { KeyedQueue } from './keyed-queue.ts';

/** In one set. */
const PROXIES_MAX = 10_000;

/**
 * Proxies in this thread. What is asked of one of them is done in the order in which it was asked;
 * what is asked of different ones does not wait for each other.
 */
export class ProxySet implements ProxyControl {
  readonly #context: ProxyContext;
  readonly #proxies = new Map<string, TcpProxy>();
  readonly #changes = new KeyedQueue();
  #isClosed = false;

  constructor(context: Omit<ProxyContext, 'descriptors'> & Partial<ProxyContext>) {
    this.#context = { ...context, descriptors: context.descriptors ?? new DescriptorBudget() };
  }

  async proxies(): Promise<readonly ProxyState[]> {
    return [...this.#proxies.values()].map((proxy) => proxy.state());
  }

  async proxy(name: string): Promise<ProxyState> {
    return this.#named(name).state();
  }

  create(
    spec: ProxySpec,
    options: { readonly enabled?: boolean; readonly toxics?: readonly Toxic[] } = {},
  ): Promise<ProxyState> {
    return this.#changes.run(spec.name, async () => {
      if (this.#proxies.has(spec.name)) throw proxyExists(spec.name);
      if (this.#proxies.size >= PROXIES_MAX) throw tooManyProxies(spec.name);
      const proxy = new TcpProxy(spec, this.#context);
      try {
        for (const toxic of options.toxics ?? []) await proxy.addToxic(toxic);
        if (options.enabled ?? true) await proxy.start();
        if (this.#isClosed) throw proxiesClosed(spec.name);
      } catch (error) {
        await proxy.close();
        throw error;
      }
      this.#proxies.set(spec.name, proxy);
      return proxy.state();
    });
  }

  update(name: string, change: ProxyChange): Promise<ProxyState> {
    return this.#inTurn(name, async (proxy) => {
      await proxy.update(change);
      return proxy.state();
    });
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(name, async (proxy) => {
      this.#proxies.delete(name);
      await proxy.close();
    });
  }

  addToxic(proxy: string, toxic: Toxic): Promise<Completion> {
    return this.#inTurn(proxy, async (named) => {
      await named.addToxic(toxic);
      return this.#now();
    });
  }

  updateToxic(proxy: string, toxic: string, change: ToxicChange): Promise<Completion> {
    return this.#inTurn(proxy, async (named) => {
      await named.updateToxic(toxic, change);
      return this.#now();
    });
  }

  removeToxic(proxy: string, toxic: string): Promise<Completion> {
    return this.#inTurn(proxy, async (named) => {
      await named.removeToxic(toxic);
      return this.#now();
    });
  }

  async reset(): Promise<void> {
    const results = await Promise.allSettled(
      [...this.#proxies.keys()].map((name) =>
        this.#inTurn(name, async (proxy) => {
          await proxy.removeToxics();
          await proxy.start();
        }),
      ),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Returns what toxics touched since the last time; nothing of proxies that tell nobody. */
  async takeTouches(): Promise<Touches> {
    return this.#context.touches?.take() ?? NO_TOUCHES;
  }

  async stats(): Promise<ReadonlyMap<string, ProxyStats>> {
    return new Map([...this.#proxies].map(([name, proxy]) => [name, proxy.stats()]));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closeNamed = (name: string): Promise<void> =>
      this.#changes.run(name, async () => {
        const proxy = this.#proxies.get(name);
        this.#proxies.delete(name);
        await proxy?.close();
      });
    await Promise.all([...this.#proxies.keys()].map(closeNamed));
  }

  #inTurn<T>(name: string, work: (proxy: TcpProxy) => Promise<T>): Promise<T> {
    return this.#changes.run(name, () => work(this.#named(name)));
  }

  /** @throws PROXY_NOT_FOUND */
  #named(name: string): TcpProxy {
    const proxy = this.#proxies.get(name);
    if (proxy) return proxy;
    const message = `no proxy is named ${name}, there are ${nameList(this.#proxies.keys())}`;
    throw new HarnessError('PROXY_NOT_FOUND', message, { hint: 'Name a proxy that there is.' });
  }

  #now(): Completion {
    const { clock } = this.#context;
    return { atEpochMs: clock.originEpochMs + msFromNs(clock.nowNs()) };
  }
}

function proxyExists(name: string): HarnessError {
  return new HarnessError('PROXY_EXISTS', `a proxy is named ${name} already`, {
    hint: 'Give the proxy another name, or change or remove the one that is there.',
  });
}

function tooManyProxies(name: string): HarnessError {
  const message = `proxy ${name} cannot be made: there are ${PROXIES_MAX}, which is the most`;
  return new HarnessError('PROXIES_INVALID', message, { hint: 'Remove some of them first.' });
}

function proxiesClosed(name: string): HarnessError {
  return new HarnessError('PROXY_FAILED', `the proxies were closed before ${name} was made`, {
    hint: 'Make proxies only while those of the run are up.',
  });
}
