import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HarnessError, NS_PER_MS, sleep, systemClock } from '../../src/core/index.ts';
import { startProxyHost, type ProxyHost } from '../../src/proxy/index.ts';
import type { ProxySpec, ToxicSpec } from '../../src/toxics/index.ts';
import {
  addressOf,
  dialled,
  echo,
  endOf,
  listening,
  roundTripMs,
  tcpProxy,
  writeNumbers,
} from './proxied-server.ts';

const clock = systemClock();
const ROUNDS = 12;
const open: { close(): unknown }[] = [];
/** One thread for all tests. */
let host: ProxyHost;

beforeAll(async () => {
  host = await startHost([]);
});
afterEach(closeOpen);
afterAll(() => host.close());

async function closeOpen(): Promise<void> {
  for (const resource of open.splice(0)) await resource.close();
}

function startHost(proxies: readonly ProxySpec[], seed = 7): Promise<ProxyHost> {
  const onFailure = (error: unknown): never => {
    throw error;
  };
  return startProxyHost({ proxies, seed, onFailure });
}

/** Starts a server that handles each connection so, and a proxy named `edge` in front of it. */
async function setUp(
  handle: (socket: Socket) => void,
): Promise<{ server: Server; dial: () => Promise<Socket> }> {
  const server = await listening(handle);
  await host.create(tcpProxy('edge', addressOf(server)));
  open.push({ close: () => host.remove('edge') }, server);
  return { server, dial: () => dialled(host.address('edge')) };
}

function latency(latencyMs: number, jitterMs: number): ToxicSpec {
  return {
    type: 'latency',
    stream: 'downstream',
    toxicity: 1,
    settings: { latencyNs: latencyMs * NS_PER_MS, jitterNs: jitterMs * NS_PER_MS },
  };
}

function reset(afterMs: number): ToxicSpec {
  return {
    type: 'reset_peer',
    stream: 'downstream',
    toxicity: 1,
    settings: { timeoutNs: afterMs * NS_PER_MS },
  };
}

function quantile(values: readonly number[], ratio: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(ratio * sorted.length) - 1] ?? NaN;
}

/** How each of many connections, one after the other, ends when half of them are to be reset. */
async function endsUnderReset(): Promise<string[]> {
  const { dial } = await setUp((socket) => {
    socket.once('data', () => socket.end('pong'));
  });
  await host.addToxic('edge', { name: 'cut', ...{ ...reset(0), toxicity: 0.5 } });
  const ends: string[] = [];
  for (let i = 0; i < 24; i++) {
    const socket = await dial();
    socket.end('ping');
    ends.push(await endOf(socket));
  }
  await closeOpen();
  return ends;
}

describe('without toxics', () => {
  it('passes all bytes both ways and leaves each direction open until its own end', async () => {
    const { dial } = await setUp((socket) => {
      void buffer(socket).then((whole) => socket.end(whole.toReversed()));
    });
    const socket = await dial();
    const sent = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    socket.end(sent);
    const received = await buffer(socket);
    expect(received.equals(sent.toReversed())).toBe(true);
    const stats = (await host.stats()).get('edge');
    expect(stats).toMatchObject({
      connections: 1,
      bytesUpstream: sent.length,
      bytesDownstream: sent.length,
      affected: {},
    });
  });

  it('stops reading from a server whose client does not read', async () => {
    const sent = Buffer.alloc(64_000_000, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
    const { dial } = await setUp((socket) => void socket.end(sent));
    const socket = await dial();
    socket.pause();
    const pauses = async (): Promise<number> => (await host.stats()).get('edge')?.pauses ?? 0;
    await expect.poll(pauses).toBeGreaterThan(0);
    await sleep(clock, 100 * NS_PER_MS);
    expect((await host.stats()).get('edge')?.bytesDownstream).toBeLessThan(32_000_000);
    const received = await buffer(socket);
    expect(received.equals(sent)).toBe(true);
    socket.destroy();
  });

  it('passes a reset by the server on to the client', async () => {
    const { dial } = await setUp((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const socket = await dial();
    socket.write('ping');
    expect(await endOf(socket)).toBe('ECONNRESET');
  });

  it('closes the client when the upstream refuses', async () => {
    const { server, dial } = await setUp(echo);
    server.close();
    const socket = await dial();
    expect(['FIN', 'ECONNRESET']).toContain(await endOf(socket));
    socket.destroy();
    expect((await host.stats()).get('edge')).toMatchObject({ failedDials: 1 });
  });

  it('closes live connections when it is closed', async () => {
    const server = await listening(echo);
    const closed = await startHost([tcpProxy('edge', addressOf(server))]);
    open.push(closed, server);
    const socket = await dialled(closed.address('edge'));
    await roundTripMs(socket);
    const end = endOf(socket);
    await closed.close();
    expect(['FIN', 'ECONNRESET']).toContain(await end);
    socket.destroy();
  });
});

describe('latency', () => {
  it('delays by no less than it says, also on connections that were open before', async () => {
    const { dial } = await setUp(echo);
    const sockets = await Promise.all(Array.from({ length: 10 }, dial));
    const pings = async (times: number): Promise<number[]> => {
      const oneAfterOther = async (socket: Socket): Promise<number[]> => {
        const tookMs: number[] = [];
        for (let i = 0; i < times; i++) tookMs.push(await roundTripMs(socket));
        return tookMs;
      };
      return (await Promise.all(sockets.map(oneAfterOther))).flat();
    };
    await pings(5);
    await host.addToxic('edge', { name: 'slow', ...latency(50, 10) });
    const delayedMs = await pings(10);
    await host.removeToxic('edge', 'slow');
    expect(Math.min(...delayedMs)).toBeGreaterThanOrEqual(40);
    expect(quantile(delayedMs, 0.5)).toBeGreaterThan(45);
    expect((await host.stats()).get('edge')?.affected).toEqual({ slow: 10 });
    for (const socket of sockets) socket.destroy();
  });

  it('gives back what it held the moment it is removed, and says when that was', async () => {
    const { dial } = await setUp(echo);
    const socket = await dial();
    const added = await host.addToxic('edge', { name: 'slow', ...latency(60_000, 0) });
    const answer = once(socket, 'data');
    socket.write('ping');
    await sleep(clock, 50 * NS_PER_MS);
    const fromEpochMs = clock.originEpochMs + clock.nowNs() / NS_PER_MS;
    const removed = await host.removeToxic('edge', 'slow');
    const toEpochMs = clock.originEpochMs + clock.nowNs() / NS_PER_MS;
    expect(String((await answer)[0])).toBe('ping');
    expect(removed.atEpochMs - added.atEpochMs).toBeGreaterThanOrEqual(49);
    // By another thread's clock, whose origin is read apart.
    expect(removed.atEpochMs).toBeGreaterThan(fromEpochMs - 5);
    expect(removed.atEpochMs).toBeLessThan(toEpochMs + 5);
    socket.destroy();
  });

  it('loses and swaps none of 65,535 numbers while it comes and goes, then passes the end', async () => {
    const count = 65_535;
    const { dial } = await setUp(echo);
    const socket = await dial();
    const received = buffer(socket);
    const state = { isWritten: false };
    let rounds = 0;
    // However slow the other thread is: some part of them goes out in each round.
    const writing = writeNumbers(socket, count, (written) => rounds >= (ROUNDS * written) / count);
    void writing.then(() => (state.isWritten = true));
    for (; !state.isWritten; rounds++) {
      await host.addToxic('edge', { name: 'slow', ...latency(8, 4) });
      await host.addToxic('edge', { name: 'slower', ...latency(3, 3) });
      await sleep(clock, 5 * NS_PER_MS);
      await host.removeToxic('edge', 'slow');
      await host.removeToxic('edge', 'slower');
    }
    const bytes = await received;
    expect(bytes.length).toBe(count * 4);
    for (let i = 0; i < count; i++) if (bytes.readUInt32BE(i * 4) !== i) expect.fail(`at ${i}`);
  });

  it('delivers what it holds to a client that has ended, after the server is gone', async () => {
    const { dial } = await setUp((socket) => void socket.end('the last words'));
    await host.addToxic('edge', { name: 'slow', ...latency(80, 0) });
    const socket = await dial();
    socket.end();
    expect(String(await buffer(socket))).toBe('the last words');
  });
});

describe('latency, then timeout', () => {
  it('swallow an upload on and on, past what toxics may hold', async () => {
    const { dial } = await setUp((socket) => socket.resume());
    const stream = 'upstream';
    const timeout = { type: 'timeout', toxicity: 1, settings: { timeoutNs: 60_000 * NS_PER_MS } };
    await host.addToxic('edge', { name: 'slow', ...latency(100, 0), stream });
    await host.addToxic('edge', { name: 'lost', ...timeout, stream });
    const socket = await dial();
    socket.on('error', () => socket.destroy());
    const taken = async (): Promise<number> => (await host.stats()).get('edge')?.bytesUpstream ?? 0;
    for (let sent = 0; !socket.destroyed && (await taken()) < 12 * 1024 * 1024; sent++) {
      if (!socket.write(Buffer.alloc(64 * 1024)))
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    }
    expect(await taken()).toBeGreaterThanOrEqual(12 * 1024 * 1024);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });
});

describe('reset', () => {
  it('is ECONNRESET at the client, after its time, and at the server', async () => {
    const atServer: Promise<string>[] = [];
    const { dial } = await setUp((socket) => {
      atServer.push(endOf(socket));
      socket.once('data', () => socket.write('pong'));
    });
    await host.addToxic('edge', { name: 'cut', ...reset(30) });
    const socket = await dial();
    let got = '';
    socket.on('data', (bytes) => {
      got += String(bytes);
    });
    const fromNs = clock.nowNs();
    socket.write('ping');
    expect(await endOf(socket)).toBe('ECONNRESET');
    expect((clock.nowNs() - fromNs) / NS_PER_MS).toBeGreaterThanOrEqual(30);
    expect(got).toBe('');
    expect(await Promise.all(atServer)).toEqual(['ECONNRESET']);
    await host.removeToxic('edge', 'cut');
    const stats = { resets: 1, affected: { cut: 1 }, liveConnections: 0 };
    await expect.poll(async () => (await host.stats()).get('edge')).toMatchObject(stats);
  });

  it('strikes the share of connections that its toxicity says, the same in every run', async () => {
    const ends = await endsUnderReset();
    expect(new Set(ends)).toEqual(new Set(['FIN', 'ECONNRESET']));
    expect(await endsUnderReset()).toEqual(ends);
  });
});

describe('an address that cannot be listened on', () => {
  it('is refused with its name and the fix, and no proxy is left listening', async () => {
    await setUp(echo);
    const taken = host.address('edge');
    const upstream = '127.0.0.1:9';
    const proxies = [tcpProxy('first', upstream), tcpProxy('second', upstream, taken)];
    const error = await startHost(proxies).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(HarnessError);
    expect(error).toMatchObject({ code: 'LISTEN_FAILED' });
    expect(String(error)).toContain(`proxy second cannot listen on ${taken}`);
    expect(String(error)).toContain('EADDRINUSE');
  });
});
