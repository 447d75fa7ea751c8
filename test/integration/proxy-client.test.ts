import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { Toxiproxy, type Proxy as ClientProxy } from 'toxiproxy-node-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import {
  startProxyAdmin,
  startProxyHost,
  type ProxyAdmin,
  type ProxyHost,
} from '../../src/proxy/index.ts';

describe('toxiproxy-node-client', () => {
  const echo: Server = createServer((socket) => socket.pipe(socket));
  let host: ProxyHost;
  let admin: ProxyAdmin;
  let client: Toxiproxy;

  beforeAll(async () => {
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const onFailure = (error: Error): never => expect.fail(error.message);
    host = await startProxyHost({ proxies: [], seed: 1, onFailure });
    admin = await startProxyAdmin({ control: host, listen: { host: '127.0.0.1', port: 0 } });
    client = new Toxiproxy(admin.url);
  });

  beforeEach(async () => {
    for (const proxy of Object.values(await client.getAll())) await proxy.remove();
  });

  afterAll(async () => {
    await admin.close();
    await host.close();
    echo.close();
  });

  function upstream(): string {
    return `127.0.0.1:${(echo.address() as AddressInfo).port}`;
  }

  function create(name: string): Promise<ClientProxy> {
    return client.createProxy({ name, listen: '127.0.0.1:0', upstream: upstream() });
  }

  it('creates, shows, changes and removes proxies', async () => {
    const proxy = await create('one');
    expect(proxy.toJson()).toEqual({
      enabled: true,
      listen: expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/u) as string,
      name: 'one',
      upstream: upstream(),
    });
    expect((await client.get('one')).toJson()).toEqual(proxy.toJson());
    const { listen } = proxy;
    const disabled = await proxy.update({ listen, upstream: upstream(), enabled: false });
    expect(disabled.enabled).toBe(false);
    await create('two');
    expect(Object.keys(await client.getAll())).toEqual(['one', 'two']);
    await proxy.remove();
    await expect(client.get('one')).rejects.toThrow('404');
    await expect(create('two')).rejects.toThrow('409');
  });

  it('populates', async () => {
    const proxies = await client.populate([
      { name: 'a', listen: '127.0.0.1:0', upstream: upstream(), enabled: true },
      { name: 'b', listen: '127.0.0.1:0', upstream: upstream(), enabled: false },
    ]);
    expect(Object.values(proxies).map(({ enabled }) => enabled)).toEqual([true, false]);
    expect(Object.keys(await client.getAll())).toEqual(['a', 'b']);
  });

  it('adds, shows, updates and removes toxics, and they work on what passes', async () => {
    const proxy = await create('echo');
    const toxic = await proxy.addToxic({
      name: 'slow',
      type: 'latency',
      stream: 'downstream',
      toxicity: 1,
      attributes: { latency: 120, jitter: 0 },
    });
    expect(toxic.toJson()).toEqual({
      attributes: { latency: 120, jitter: 0 },
      name: 'slow',
      stream: 'downstream',
      toxicity: 1,
      type: 'latency',
    });
    expect(await roundTripMs(proxy.listen)).toBeGreaterThanOrEqual(119);
    const updated = await toxic.update({
      ...toxic.toJson(),
      toxicity: 0.5,
      attributes: { latency: 3_600_000, jitter: 0 },
    });
    expect(updated.toJson()).toMatchObject({
      toxicity: 0.5,
      attributes: { latency: 3_600_000 },
    });
    expect((await proxy.getToxic('slow')).toJson()).toEqual(updated.toJson());
    await toxic.remove();
    await expect(proxy.getToxic('slow')).rejects.toThrow('404');
    // No longer an hour late.
    await roundTripMs(proxy.listen);
  });

  it.each([
    ['bandwidth', { rate: 100 }],
    ['latency', { latency: 5, jitter: 1 }],
    ['limit_data', { bytes: 10 }],
    ['noop', {}],
    ['reset_peer', { timeout: 5 }],
    ['slicer', { average_size: 5, size_variation: 1, delay: 2 }],
    ['slow_close', { delay: 5 }],
    ['timeout', { timeout: 5 }],
  ] as const)('knows the toxic %s', async (type, attributes) => {
    const proxy = await create(type);
    const toxic = await proxy.addToxic({
      name: '',
      type,
      stream: 'upstream',
      toxicity: 1,
      attributes,
    } as never);
    expect(toxic.toJson()).toEqual({
      attributes,
      name: `${type}_upstream`,
      stream: 'upstream',
      toxicity: 1,
      type,
    });
  });

  it('resets, and tells the version', async () => {
    const proxy = await create('reset');
    await proxy.addToxic({
      name: 'n',
      type: 'noop',
      stream: 'upstream',
      toxicity: 1,
      attributes: {},
    } as never);
    const { listen } = proxy;
    await proxy.update({ listen, upstream: upstream(), enabled: false });
    await client.reset();
    expect((await client.get('reset')).enabled).toBe(true);
    await expect(proxy.getToxic('n')).rejects.toThrow('404');
    expect(await client.getVersion()).toBe('{"version": "2.12.0"}\n');
  });
});

/** Sends a word through an echo and returns how long it took to come back. */
async function roundTripMs(address: string): Promise<number> {
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  const before = performance.now();
  socket.write('word');
  await once(socket, 'data');
  const took = performance.now() - before;
  socket.destroy();
  return took;
}
