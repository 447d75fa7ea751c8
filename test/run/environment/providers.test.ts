import { describe, expect, it } from 'vitest';

import { Providers, type Provider } from '../../../src/run/environment/providers.ts';
import { asReachable, parseScenario, type ReferenceValues } from '../../../src/scenario/index.ts';

const SCENARIO = asReachable(
  parseScenario(
    `name: two proxies
targets: { shop: { url: 'http://\${proxies.first.address}' } }
proxies:
  first: { listen: 127.0.0.1:0, upstream: 127.0.0.1:7101 }
flows: { look: [{ step: look, target: shop, http: { path: / } }] }
load: [{ phase: steady, flow: look, arrivals: { rate: 1/s }, for: 1s }]
`,
    'two-proxies.yaml',
  ),
);

describe('the providers of a run', () => {
  it('stop in the reverse of the order in which they started, each when the one after it is gone', async () => {
    const log: string[] = [];
    const providers = new Providers(SCENARIO, new AbortController().signal);
    for (const name of ['receiver', 'proxies', 'services']) await providers.start(noted(name, log));
    await providers.stop();
    expect(log).toEqual([
      'receiver starts',
      'proxies starts',
      'services starts',
      'services stops',
      'services is gone',
      'proxies stops',
      'proxies is gone',
      'receiver stops',
      'receiver is gone',
    ]);
  });

  it('stop once, however often they are asked to', async () => {
    const log: string[] = [];
    const providers = new Providers(SCENARIO, new AbortController().signal);
    await providers.start(noted('receiver', log));
    await Promise.all([providers.stop(), providers.stop()]);
    await providers.stop();
    expect(log).toEqual(['receiver starts', 'receiver stops', 'receiver is gone']);
  });

  it('fill what one resolved into the scenario of those after it', async () => {
    const providers = new Providers(SCENARIO, new AbortController().signal);
    const first = { host: '127.0.0.1', port: 7203 };
    await providers.start(noted('proxies', [], { references: { proxies: { first } } }));
    let seen = '';
    await providers.start({
      start: async (scenario) => {
        seen = scenario.targets[0]?.url ?? '';
        return { handle: undefined, stop: async () => undefined };
      },
    });
    expect(seen).toBe('http://127.0.0.1:7203');
    expect(providers.scenario.targets[0]?.url).toBe(seen);
  });

  it('stop those that started where one cannot start', async () => {
    const log: string[] = [];
    const providers = new Providers(SCENARIO, new AbortController().signal);
    await providers.start(noted('receiver', log));
    const broken: Provider<never> = { start: () => Promise.reject(new Error('no port')) };
    await expect(providers.start(broken)).rejects.toThrow('no port');
    await providers.stop();
    expect(log).toEqual(['receiver starts', 'receiver stops', 'receiver is gone']);
  });

  it('are all stopped where one fails to stop, and then say so', async () => {
    const log: string[] = [];
    const providers = new Providers(SCENARIO, new AbortController().signal);
    await providers.start(noted('receiver', log));
    await providers.start({
      start: async () => ({ handle: 1, stop: () => Promise.reject(new Error('still busy')) }),
    });
    await expect(providers.stop()).rejects.toThrow('still busy');
    expect(log).toContain('receiver is gone');
  });

  it.each([0, 1, 2])('start no further one once a stop was asked for, after %i', async (count) => {
    const log: string[] = [];
    const stop = new AbortController();
    const providers = new Providers(SCENARIO, stop.signal);
    for (let i = 0; i < count; i++) await providers.start(noted(`${i}`, log));
    stop.abort(new Error('stopped'));
    await expect(providers.start(noted('last', log))).rejects.toThrow('stopped');
    await providers.stop();
    expect(log).not.toContain('last starts');
    expect(log.filter((line) => line.endsWith('is gone'))).toHaveLength(count);
  });
});

function noted(
  name: string,
  log: string[],
  { references }: { references?: ReferenceValues } = {},
): Provider<string> {
  return {
    start: async () => {
      log.push(`${name} starts`);
      return {
        handle: name,
        ...(references && { references }),
        stop: async () => {
          log.push(`${name} stops`);
          await Promise.resolve();
          log.push(`${name} is gone`);
        },
      };
    },
  };
}
