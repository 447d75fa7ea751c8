import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, sleep, systemClock } from '../../src/core/index.ts';
import { DescriptorBudget } from '../../src/proxy/descriptor-budget.ts';
import {
  ProxySet,
  startProxyHost,
  type ProxyControl,
  type ProxyHost,
} from '../../src/proxy/index.ts';
import {
  addressOf,
  dialled,
  echo,
  endOf,
  listening,
  proxiedServer,
  roundTripMs,
  tcpProxy,
  toxicOf,
} from './proxied-server.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const resource of open.splice(0)) await resource.close();
});

async function setUp(handle: (socket: Socket) => void = echo, seed?: number) {
  const proxied = await proxiedServer(handle, seed);
  open.push(proxied);
  return proxied;
}

const HOUR_NS = 3_600 * NS_PER_SEC;
const SLOW = toxicOf('latency', { latencyNs: 60 * NS_PER_MS, jitterNs: 0 }, { name: 'slow' });
const REFUSE = toxicOf('refuse', {});

/** How a try to connect ends: 'open', or the code of the error. */
async function dialResult(address: string): Promise<string> {
  try {
    const socket = await dialled(address);
    socket.destroy();
    return 'open';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  }
}

/** How an echo over a new connection ends: 'open', or the code of the error. */
async function echoResult(dial: () => Promise<Socket>): Promise<string> {
  try {
    const socket = await dial();
    await roundTripMs(socket);
    socket.destroy();
    return 'open';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  }
}

describe('where a proxy listens', () => {
  it('is told in numbers, and stays over disabling and enabling', async () => {
    const { set, upstream } = await setUp();
    const made = await set.create(tcpProxy('named', upstream, 'localhost:0'));
    expect(made.listen).toMatch(/^127\.0\.0\.1:[1-9]\d*$/u);
    await set.update('named', { enabled: false });
    expect(await dialResult(made.listen)).toBe('ECONNREFUSED');
    expect(await set.update('named', { enabled: true })).toEqual(made);
    expect(await dialResult(made.listen)).toBe('open');
  });

  it('is nowhere until a proxy that was made disabled is enabled', async () => {
    const { set, upstream } = await setUp();
    const spec = tcpProxy('later', upstream);
    const made = await set.create(spec, { enabled: false, toxics: [SLOW] });
    expect(made).toEqual({ ...spec, enabled: false, toxics: [SLOW] });
    const { listen } = await set.update('later', { enabled: true });
    const socket = await dialled(listen);
    expect(await roundTripMs(socket)).toBeGreaterThan(59);
    socket.destroy();
  });

  it('does not change, nor drops anybody, where the same place is said otherwise', async () => {
    const { set, dial } = await setUp();
    const socket = await dial();
    const { listen } = await set.proxy('edge');
    await set.update('edge', { listen: listen.replace('127.0.0.1', 'localhost') });
    await roundTripMs(socket);
    socket.destroy();
  });

  it('stands disabled, without connections, where the new address is taken', async () => {
    const { set, dial, upstream } = await setUp();
    const socket = await dial();
    await roundTripMs(socket);
    const end = endOf(socket);
    const changing = set.update('edge', { listen: upstream });
    await expect(changing).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    expect(await end).toBe('FIN');
    expect(await set.proxy('edge')).toMatchObject({ enabled: false, listen: upstream });
    await set.update('edge', { listen: '127.0.0.1:0', enabled: true });
    const again = await dial();
    await roundTripMs(again);
    again.destroy();
  });
});

describe('a proxy that is changed', () => {
  it('closes live connections when it is disabled, and keeps its toxics', async () => {
    const { set, dial } = await setUp();
    await set.addToxic('edge', SLOW);
    const socket = await dial();
    await roundTripMs(socket);
    const end = endOf(socket);
    await set.update('edge', { enabled: false });
    expect(await end).toBe('FIN');
    expect((await set.stats()).get('edge')?.liveConnections).toBe(0);
    await set.update('edge', { enabled: true });
    const again = await dial();
    expect(await roundTripMs(again)).toBeGreaterThan(59);
    again.destroy();
  });

  it('sends new connections to its new upstream and drops the old ones', async () => {
    const { set, dial } = await setUp();
    const other = await listening((socket) => void socket.end('the other'));
    open.push(other);
    const socket = await dial();
    await roundTripMs(socket);
    const end = endOf(socket);
    await set.update('edge', { upstream: addressOf(other) });
    expect(await end).toBe('FIN');
    expect(String(await buffer(await dial()))).toBe('the other');
  });

  it('does what is asked of it in order, however fast it is asked', async () => {
    const { set } = await setUp();
    const asked = [true, false, true, false, true, false].map((enabled) =>
      set.update('edge', { enabled }),
    );
    const states = await Promise.all([...asked, set.remove('edge').then(() => undefined)]);
    expect(states.map((state) => state?.enabled)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      undefined,
    ]);
    await expect(set.proxy('edge')).rejects.toMatchObject({ code: 'PROXY_NOT_FOUND' });
  });

  it('counts a dial that fails, also of an upstream that is no address, and closes the client', async () => {
    const { set, dial } = await setUp();
    await set.update('edge', { upstream: 'nowhere' });
    expect(await endOf(await dial())).toBe('FIN');
    expect((await set.stats()).get('edge')).toMatchObject({ failedDials: 1, liveConnections: 0 });
  });
});

describe('toxics', () => {
  it('are changed on live connections', async () => {
    const { set, dial } = await setUp();
    const socket = await dial();
    await set.addToxic('edge', SLOW);
    expect(await roundTripMs(socket)).toBeGreaterThan(59);
    const updated = async (latencyNs: number): Promise<void> => {
      await set.updateToxic('edge', 'slow', { settings: { latencyNs, jitterNs: 0 } });
      expect((await set.proxy('edge')).toxics).toMatchObject([{ settings: { latencyNs } }]);
    };
    await updated(120 * NS_PER_MS);
    expect(await roundTripMs(socket)).toBeGreaterThan(119);
    await updated(HOUR_NS);
    await updated(0);
    // No longer an hour late.
    await roundTripMs(socket);
    socket.destroy();
  });

  it('are listed upstream first, then in their order, and taken off by a reset', async () => {
    const { set } = await setUp();
    for (const [name, stream] of [
      ['a', 'downstream'],
      ['b', 'upstream'],
      ['c', 'downstream'],
      ['d', 'upstream'],
    ] as const) {
      await set.addToxic('edge', { ...SLOW, name, stream });
    }
    await set.update('edge', { enabled: false });
    const names = (await set.proxy('edge')).toxics.map(({ name }) => name);
    expect(names).toEqual(['b', 'd', 'a', 'c']);
    await set.reset();
    expect(await set.proxy('edge')).toMatchObject({ enabled: true, toxics: [] });
  });

  it('limit_data passes exactly its bytes, then ends in good order', async () => {
    const { set, dial } = await setUp((socket) => void socket.end(Buffer.alloc(300_000, 'x')));
    await set.addToxic('edge', toxicOf('limit_data', { bytes: 123_456 }));
    expect((await buffer(await dial())).length).toBe(123_456);
  });

  it('slow_close passes data at once and the end late', async () => {
    const { set, dial } = await setUp((socket) => void socket.end('all'));
    await set.addToxic('edge', toxicOf('slow_close', { delayNs: HOUR_NS }));
    const kept = await dial();
    expect(String((await once(kept, 'data'))[0])).toBe('all');
    kept.destroy();
    await set.updateToxic('edge', 'slow_close', { settings: { delayNs: 80 * NS_PER_MS } });
    const clock = systemClock();
    const fromNs = clock.nowNs();
    const socket = await dial();
    expect(String(await buffer(socket))).toBe('all');
    expect(clock.nowNs() - fromNs).toBeGreaterThanOrEqual(80 * NS_PER_MS);
  });
});

describe('refuse', () => {
  it('closes the port for everybody new, leaves live connections, and opens it again', async () => {
    const { set, dial } = await setUp();
    const { listen } = await set.proxy('edge');
    const live = await dial();
    await roundTripMs(live);
    await set.addToxic('edge', REFUSE);
    expect(await dialResult(listen)).toBe('ECONNREFUSED');
    await roundTripMs(live);
    await set.removeToxic('edge', 'refuse');
    expect(await dialResult(listen)).toBe('open');
    live.destroy();
  });

  it('resets the share that its toxicity says, the same of each run', async () => {
    const resultsOf = async (seed: number): Promise<string[]> => {
      const { set, dial } = await setUp(echo, seed);
      await set.addToxic('edge', { ...REFUSE, toxicity: 0.5 });
      const results: string[] = [];
      for (let i = 0; i < 24; i++) {
        results.push(await echoResult(dial));
      }
      return results;
    };
    const results = await resultsOf(7);
    expect(new Set(results)).toEqual(new Set(['open', 'ECONNRESET']));
    expect(await resultsOf(7)).toEqual(results);
    expect(await resultsOf(8)).not.toEqual(results);
  });
});

describe('an update to an address that is none', () => {
  it.each([['nohost.invalid:1'], ['7203']])(
    'changes nothing, the upstream neither: %s',
    async (listen) => {
      const { set, dial } = await setUp();
      const live = await dial();
      await roundTripMs(live);
      const before = await set.proxy('edge');
      const update = set.update('edge', { listen, upstream: '127.0.0.1:2' });
      await expect(update).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
      expect(await set.proxy('edge')).toEqual(before);
      await roundTripMs(live);
      live.destroy();
    },
  );
});

describe('bounds', () => {
  it('turns clients away, counted, before descriptors run out, and takes them again', async () => {
    const server = await listening(echo);
    const set = new ProxySet({
      clock: systemClock(),
      seed: 1,
      descriptors: new DescriptorBudget(12),
    });
    open.push(set, server);
    const { listen } = await set.create(tcpProxy('edge', addressOf(server)));
    const clients = [await dialled(listen), await dialled(listen)];
    for (const client of clients) await roundTripMs(client);
    const oneMore = await dialled(listen);
    await endOf(oneMore);
    const stats = async (): Promise<unknown> => (await set.stats()).get('edge');
    expect(await stats()).toMatchObject({ refusedConnections: 1, liveConnections: 2 });
    const second = set.create(tcpProxy('second', ':1'));
    expect((await second).enabled).toBe(true);
    const third = set.create(tcpProxy('third', ':1'));
    await expect(third).rejects.toMatchObject({ code: 'LISTEN_FAILED', hint: /ulimit -n/u });
    for (const client of clients) client.destroy();
    await expect.poll(stats).toMatchObject({ liveConnections: 0 });
    const again = await dialled(listen);
    await roundTripMs(again);
    again.destroy();
  });

  it('takes 10,000 proxies and 1,000 toxics on one, and says so', async () => {
    const set = new ProxySet({ clock: systemClock(), seed: 1 });
    open.push(set);
    for (let i = 0; i < 10_000; i++) await set.create(tcpProxy(`p${i}`, ':1'), { enabled: false });
    const more = set.create(tcpProxy('more', ':1'), { enabled: false });
    await expect(more).rejects.toMatchObject({ code: 'PROXIES_INVALID', message: /10000/u });
    await expect(set.proxy('nope')).rejects.toThrow(/p19 and 9980 more$/u);
    for (let i = 0; i < 1_000; i++) await set.addToxic('p0', { ...SLOW, name: `t${i}` });
    const refused = set.addToxic('p0', SLOW);
    await expect(refused).rejects.toMatchObject({ code: 'TOXIC_INVALID', message: /1000 toxics/u });
  });
});

describe('what cannot be done', () => {
  let host: ProxyHost;
  beforeAll(async () => {
    const onFailure = (error: unknown): void => expect.fail(String(error));
    host = await startProxyHost({ proxies: [], seed: 7, onFailure });
  });
  afterAll(() => host.close());

  const NO_HTTP = toxicOf('http_reset', {});

  it.each<[string, (control: ProxyControl, upstream: string) => Promise<unknown>]>([
    ['PROXY_NOT_FOUND', (control) => control.proxy('nope')],
    ['PROXY_NOT_FOUND', (control) => control.addToxic('nope', SLOW)],
    ['PROXY_EXISTS', (control, upstream) => control.create(tcpProxy('edge', upstream))],
    ['LISTEN_FAILED', (control, upstream) => control.create(tcpProxy('new', upstream, upstream))],
    ['LISTEN_FAILED', (control, upstream) => control.create(tcpProxy('new', upstream, '7203'))],
    ['TOXIC_EXISTS', (control) => control.addToxic('edge', SLOW)],
    ['TOXIC_NOT_FOUND', (control) => control.removeToxic('edge', 'nope')],
    ['TOXIC_NOT_FOUND', (control) => control.updateToxic('edge', 'nope', { toxicity: 1 })],
    ['TOXIC_INVALID', (control) => control.addToxic('edge', NO_HTTP)],
    ['TOXIC_INVALID', (control) => control.addToxic('edge', { ...SLOW, name: 'x', type: 'y' })],
  ])('is told as %s, from another thread too, and changes nothing', async (code, ask) => {
    const { set, upstream } = await setUp();
    await host.create(tcpProxy('edge', upstream));
    for (const control of [set, host]) {
      await control.addToxic('edge', SLOW);
      const before = await control.proxies();
      const error: unknown = await ask(control, upstream).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'HarnessError', code, hint: /\w/u });
      expect(await control.proxies()).toEqual(before);
    }
    await host.remove('edge');
  });

  it('names the reason that the platform gave, across threads', async () => {
    const { upstream } = await setUp();
    const making = host.create(tcpProxy('new', upstream, upstream));
    await expect(making).rejects.toMatchObject({ cause: { code: 'EADDRINUSE' } });
  });
});

it('leaves no socket behind', async () => {
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
  const before = sockets();
  const proxied = await proxiedServer((socket) => {
    socket.on('end', () => socket.end()).resume();
  });
  const { set, dial } = proxied;
  await set.addToxic('edge', toxicOf('reset_peer', { timeoutNs: 0 }, { toxicity: 0.5 }));
  const clients = await Promise.all(Array.from({ length: 40 }, dial));
  for (const [i, client] of clients.entries()) {
    client.on('error', () => client.destroy());
    if (i % 3 === 0) client.end('last');
    else client.write('more');
    if (i % 3 === 1) client.resetAndDestroy();
  }
  await sleep(systemClock(), 50 * NS_PER_MS);
  await proxied.close();
  for (const client of clients) client.destroy();
  await expect.poll(sockets).toBe(before);
});
