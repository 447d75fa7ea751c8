import { attributeTexts, epochNowMs, type Completion, type Ms } from '../core/index.ts';
import { toxicAttributes, type Toxic } from '../toxics/index.ts';
import type { ProxyControl, ProxyState } from './proxy-control.ts';

/**
 * Returns the same control, but each change that took effect is told in one line with its time of
 * day in UTC, so that what clients saw can be laid beside it:
 * `12:03:04.512Z payment: toxic latency_downstream on (latency, latency 250 ms)`.
 */
export function loggedControl(control: ProxyControl, log: (line: string) => void): ProxyControl {
  const tell = (atEpochMs: Ms, text: string): void =>
    log(`${new Date(atEpochMs).toISOString().slice(11)} ${text}`);
  const told = (proxy: string, text: string, completion: Completion): Completion => {
    tell(completion.atEpochMs, `${proxy}: toxic ${text}`);
    return completion;
  };
  return {
    proxies: () => control.proxies(),
    proxy: (name) => control.proxy(name),
    stats: () => control.stats(),
    close: () => control.close(),
    create: async (spec, options) => {
      const state = await control.create(spec, options);
      tell(epochNowMs(), proxyText(state));
      return state;
    },
    update: async (name, change) => {
      const state = await control.update(name, change);
      tell(epochNowMs(), proxyText(state));
      return state;
    },
    remove: async (name) => {
      await control.remove(name);
      tell(epochNowMs(), `${name}: removed`);
    },
    addToxic: async (proxy, toxic) =>
      told(proxy, `${toxic.name} on${toxicText(toxic)}`, await control.addToxic(proxy, toxic)),
    updateToxic: async (proxy, name, change) => {
      const completion = await control.updateToxic(proxy, name, change);
      const { toxics } = await control.proxy(proxy);
      const toxic = toxics.find((candidate) => candidate.name === name);
      return told(proxy, `${name} changed${toxic ? toxicText(toxic) : ''}`, completion);
    },
    removeToxic: async (proxy, name) =>
      told(proxy, `${name} off`, await control.removeToxic(proxy, name)),
    reset: async () => {
      await control.reset();
      tell(epochNowMs(), 'all proxies: enabled, toxics off');
    },
  };
}

/** ` (latency, latency 250 ms, toxicity 30%)`. */
function toxicText(toxic: Toxic): string {
  return ` (${[toxic.type, ...attributeTexts(toxicAttributes(toxic))].join(', ')})`;
}

/** `payment: 127.0.0.1:7203 -> 127.0.0.1:7103, HTTP, disabled, toxics: slow`. */
export function proxyText({
  name,
  listen,
  upstream,
  protocol,
  enabled,
  toxics,
}: ProxyState): string {
  const kind = protocol === 'http' ? ', HTTP' : '';
  const on = toxics.length === 0 ? '' : `, toxics: ${toxics.map((toxic) => toxic.name).join(', ')}`;
  return `${name}: ${listen} -> ${upstream}${kind}${enabled ? '' : ', disabled'}${on}`;
}
