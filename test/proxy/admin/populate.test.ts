import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../src/core/index.ts';
import { populateProxies, ProxySet } from '../../../src/proxy/index.ts';

const LIST = [
  {
    name: 'a',
    listen: '127.0.0.1:0',
    upstream: '127.0.0.1:1',
    enabled: false,
    toxics: [{ type: 'latency', attributes: { latency: 5 } }],
  },
];

describe('populateProxies', () => {
  const body = Buffer.from(JSON.stringify(LIST));

  it('puts toxics on only where it is told to', async () => {
    for (const withToxics of [true, false]) {
      const control = new ProxySet({ clock: new VirtualClock(), seed: 1 });
      const { proxies, error } = await populateProxies(control, body, { withToxics });
      expect(error).toBeUndefined();
      expect(proxies.map(({ toxics }) => toxics.length)).toEqual([withToxics ? 1 : 0]);
    }
  });

  it('checks all of the list before it makes the first', async () => {
    const control = new ProxySet({ clock: new VirtualClock(), seed: 1 });
    const list = [...LIST, { name: 'b', upstream: 'x:1', toxics: [{ type: 'nosuch' }] }];
    const broken = Buffer.from(JSON.stringify(list));
    const { proxies, error } = await populateProxies(control, broken, { withToxics: true });
    expect([proxies, error?.message]).toEqual([[], 'invalid toxic type']);
    expect(await control.proxies()).toEqual([]);
  });
});
