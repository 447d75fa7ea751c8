import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../src/core/index.ts';
import { AdminApi } from '../../../src/proxy/admin/admin-api.ts';
import { ApiError, ProxySet, readProxyList, populateProxies } from '../../../src/proxy/index.ts';

const PROXY = { name: 'a', listen: '127.0.0.1:0', upstream: '127.0.0.1:1', enabled: false };
const SLOWED = { ...PROXY, toxics: [{ type: 'latency', attributes: { latency: 5 } }] };

function newSet(): ProxySet {
  return new ProxySet({ clock: new VirtualClock(), seed: 1 });
}

function bodyOf(list: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify(list));
}

/** Asks the API for the proxies; returns the status. */
async function populate(control: ProxySet, list: readonly unknown[]): Promise<number> {
  const request = { method: 'POST', target: '/populate', userAgent: '', body: bodyOf(list) };
  return (await new AdminApi(control).answer(request)).status;
}

describe('a list of proxies', () => {
  it('puts toxics on from a file only', async () => {
    const filed = await populateProxies(newSet(), readProxyList(bodyOf([SLOWED])));
    expect(filed.error).toBeUndefined();
    expect(filed.proxies.map(({ toxics }) => toxics.length)).toEqual([1]);
    const control = newSet();
    expect(await populate(control, [SLOWED])).toBe(201);
    expect((await control.proxy('a')).toxics).toEqual([]);
  });

  it('is checked whole before its first is made, and costs one look at each', async () => {
    const control = newSet();
    control.proxies = () => expect.fail('all proxies are listed for one');
    expect(await populate(control, [PROXY, { name: 'b' }])).toBe(400);
    await expect(control.proxy('a')).rejects.toThrow('no proxy');
    expect(await populate(control, [PROXY, { ...PROXY, name: 'b' }])).toBe(201);
    expect((await control.proxy('b')).name).toBe('b');
  });

  it.each<[string, string]>([
    [
      JSON.stringify([PROXY, { ...SLOWED, name: 'pay', toxics: [{ type: 'x' }] }]),
      'proxy 2 (pay), toxic 1',
    ],
    [JSON.stringify([PROXY, { name: 'pay' }]), 'proxy 2 (pay)'],
    [JSON.stringify([PROXY, { name: 7 }]), 'proxy 2'],
    [`${JSON.stringify([PROXY])} x`, ''],
    [JSON.stringify([{ ...PROXY, name: 'n'.repeat(256) }]), `proxy 1 (${'n'.repeat(256)})`],
  ])('is refused with the location of what is wrong: %s', (text, location) => {
    let thrown: unknown;
    try {
      readProxyList(Buffer.from(text));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ status: 400, location });
  });

  it('replaces a proxy that reads otherwise than it says, and keeps what it does not say', async () => {
    const control = newSet();
    const web = { ...PROXY, protocol: 'http', callerFaults: true };
    const kind = async (): Promise<unknown[]> => {
      const { protocol, callerFaults } = await control.proxy('a');
      return [protocol, callerFaults];
    };
    await populate(control, [PROXY]);
    await populate(control, [web]);
    expect(await kind()).toEqual(['http', true]);
    await populate(control, [PROXY]);
    await populate(control, [{ ...PROXY, upstream: '127.0.0.1:2' }]);
    expect(await kind()).toEqual(['http', true]);
    await populate(control, [{ ...PROXY, protocol: 'tcp' }]);
    expect(await kind()).toEqual(['tcp', false]);
  });
});
