import { type Completion, HarnessError } from '../../core/index.ts';
import type { SettingValues, Toxic, ProxySpec } from '../../toxics/index.ts';
import { formatEndpoint, resolveListen } from '../endpoint.ts';
import type { ProxyControl, ProxyState } from '../proxy-control.ts';
import type { ProxyStats } from '../proxy-stats.ts';

/** What of the proxies a run's own plan needs. */
export interface PlannedFault {
  readonly proxy: string;
  /** The name of its toxic. */
  readonly name: string;
}

/**
 * The proxies of a run as others may change them while it lasts: all but what its plan needs. Its
 * proxies cannot be removed or moved, the toxics that its faults put on cannot be changed, and
 * their names are taken all the time; what is refused rejects with PLAN_OWNED, and nothing has
 * changed. A reset leaves the plan's toxics on. It does not close the proxies either: the run does.
 */
export class PlanGuard implements ProxyControl {
  readonly #control: ProxyControl;
  readonly #proxies: ReadonlySet<string>;
  readonly #faults: readonly PlannedFault[];

  constructor(
    control: ProxyControl,
    planned: { readonly proxies: readonly string[]; readonly faults: readonly PlannedFault[] },
  ) {
    this.#control = control;
    this.#proxies = new Set(planned.proxies);
    this.#faults = planned.faults;
  }

  proxies(): Promise<readonly ProxyState[]> {
    return this.#control.proxies();
  }

  proxy(name: string): Promise<ProxyState> {
    return this.#control.proxy(name);
  }

  create(
    spec: ProxySpec,
    options?: { readonly enabled?: boolean; readonly toxics?: readonly Toxic[] },
  ): Promise<ProxyState> {
    return this.#control.create(spec, options);
  }

  async update(
    name: string,
    change: { readonly listen?: string; readonly upstream?: string; readonly enabled?: boolean },
  ): Promise<ProxyState> {
    if (change.listen !== undefined && this.#proxies.has(name)) {
      const { listen } = await this.#control.proxy(name);
      if (change.listen !== listen && (await resolved(change.listen)) !== listen) {
        throw owned(`proxy ${name} belongs to the run: its address cannot change`);
      }
    }
    return this.#control.update(name, change);
  }

  async remove(name: string): Promise<void> {
    if (this.#proxies.has(name)) throw owned(`proxy ${name} belongs to the run`);
    return this.#control.remove(name);
  }

  async addToxic(proxy: string, toxic: Toxic): Promise<Completion> {
    this.#refusePlanned(proxy, toxic.name);
    return this.#control.addToxic(proxy, toxic);
  }

  async updateToxic(
    proxy: string,
    toxic: string,
    change: { readonly settings?: SettingValues; readonly toxicity?: number },
  ): Promise<Completion> {
    this.#refusePlanned(proxy, toxic);
    return this.#control.updateToxic(proxy, toxic, change);
  }

  async removeToxic(proxy: string, toxic: string): Promise<Completion> {
    this.#refusePlanned(proxy, toxic);
    return this.#control.removeToxic(proxy, toxic);
  }

  async reset(): Promise<void> {
    for (const { name, toxics } of await this.#control.proxies()) {
      for (const toxic of toxics) {
        if (!this.#isPlanned(name, toxic.name)) await this.#control.removeToxic(name, toxic.name);
      }
      await this.#control.update(name, { enabled: true });
    }
  }

  stats(): Promise<ReadonlyMap<string, ProxyStats>> {
    return this.#control.stats();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #isPlanned(proxy: string, toxic: string): boolean {
    return this.#faults.some((fault) => fault.proxy === proxy && fault.name === toxic);
  }

  #refusePlanned(proxy: string, toxic: string): void {
    if (this.#isPlanned(proxy, toxic)) {
      throw owned(`toxic ${toxic} of proxy ${proxy} belongs to the run's plan`);
    }
  }
}

/** Returns the address in numbers, as a proxy that listens shows it. @throws LISTEN_FAILED */
async function resolved(listen: string): Promise<string> {
  return formatEndpoint(await resolveListen(listen, 'listen'));
}

function owned(message: string): HarnessError {
  return new HarnessError('PLAN_OWNED', message, {
    hint: 'Use another name, or change the faults of the scenario.',
  });
}
