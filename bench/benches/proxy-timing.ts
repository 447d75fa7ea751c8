import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import {
  NS_PER_MS,
  NS_PER_SEC,
  NS_PER_US,
  rngFrom,
  sleep,
  systemClock,
  type Ns,
} from '../../src/core/index.ts';
import type { DelaySpec, SettingValues } from '../../src/toxics/index.ts';
import { parseEndpoint, startProxyHost, type ProxyHost } from '../../src/proxy/index.ts';
import type { BenchOptions } from '../options.ts';
import { distanceFromMeasured } from '../statistics/kolmogorov-smirnov.ts';
import { renderTable } from '../table.ts';

const CONNECTIONS = 64;
/** Connections begin so far apart: what is asked at one moment is due at one moment. */
const APART_NS: Ns = 300 * NS_PER_US;
const WARM_UP_REQUESTS = 2_000;
const clock = systemClock();

/**
 * Prints how exact toxics are, over real sockets: the bytes that bandwidth lets through in 5 s, and
 * how far the times of 20,000 requests are from the histogram that they replay. Echo server and
 * clients share a thread, whose own delays count against the proxy.
 */
export async function benchProxyTiming(
  options: BenchOptions,
  say: (line: string) => void,
): Promise<void> {
  const requests = options.quick ? 2_000 : 20_000;
  const stand = await startStand();
  try {
    await requestTimes(stand, WARM_UP_REQUESTS);
    const rows = [
      await bandwidthRow(stand, options.quick ? 1 : 5),
      await replayRow(stand, requests),
    ];
    say(`\n${renderTable(['timing', 'measured', 'aim'], rows)}`);
  } finally {
    await stand.close();
  }
}

interface Stand {
  /** Runs with one toxic downstream of the proxy. */
  under<T>(type: string, settings: SettingValues, work: () => Promise<T>): Promise<T>;
  dial(): Promise<Socket>;
  close(): Promise<void>;
}

async function startStand(): Promise<Stand> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      if (bytes[0] === FLOOD) flood(socket);
      else socket.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const upstream = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const spec = { name: 'edge', listen: '127.0.0.1:0', upstream };
  const host = await startProxyHost({
    proxies: [{ ...spec, protocol: 'tcp', callerFaults: false }],
    seed: 1,
    onFailure: (error) => {
      throw error;
    },
  });
  return {
    under: (type, settings, work) => underToxic(host, type, settings, work),
    dial: async () => {
      const socket = connect({ ...parseEndpoint(host.address('edge'), 'edge'), noDelay: true });
      socket.on('error', () => socket.destroy());
      await once(socket, 'connect');
      return socket;
    },
    close: async () => {
      await host.close();
      server.close();
    },
  };
}

async function underToxic<T>(
  host: ProxyHost,
  type: string,
  settings: SettingValues,
  work: () => Promise<T>,
): Promise<T> {
  const toxic = { name: type, type, stream: 'downstream' as const, toxicity: 1, settings };
  await host.addToxic('edge', toxic);
  try {
    return await work();
  } finally {
    await host.removeToxic('edge', type);
  }
}

/** The first byte of a request that is answered without end. */
const FLOOD = 1;

function flood(socket: Socket): void {
  const bytes = Buffer.alloc(64 * 1024);
  const fill = (): void => {
    while (socket.writable && socket.write(bytes));
  };
  socket.on('drain', fill);
  fill();
}

async function bandwidthRow(stand: Stand, seconds: number): Promise<string[]> {
  const rateBytesPerSec = 1_000_000;
  const bytes = await stand.under('bandwidth', { rateBytesPerSec }, async () => {
    const socket = await stand.dial();
    const fromNs = clock.nowNs();
    let received = 0;
    let lastNs = fromNs;
    socket.write(Buffer.of(FLOOD));
    while (clock.nowNs() - fromNs < seconds * NS_PER_SEC) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      received += chunk.length;
      lastNs = clock.nowNs();
    }
    socket.destroy();
    return (received * NS_PER_SEC) / (lastNs - fromNs);
  });
  const errorPercent = (bytes / rateBytesPerSec - 1) * 100;
  return [`bandwidth 1 MB/s over ${seconds} s: off by`, `${errorPercent.toFixed(2)}%`, 'within 2%'];
}

async function replayRow(stand: Stand, requests: number): Promise<string[]> {
  const delay = lognormalHistogram();
  const timesNs = await stand.under('delay', { delay }, () => requestTimes(stand, requests));
  const distance = distanceFromMeasured(timesNs, { value: delay.valueNs, count: delay.count });
  return [
    `replay of a histogram, ${requests} requests: KS distance`,
    distance.toFixed(4),
    '< 0.02 at 20,000',
  ];
}

/** What a service might have been measured with: a median of 20 ms and a tail, in 2,000 values. */
function lognormalHistogram(): Extract<DelaySpec, { readonly distribution: 'histogram' }> {
  const rng = rngFrom(1, 'source');
  const valueNs = Array.from({ length: 2_000 }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - rng.nextFloat()));
    const normal = radius * Math.cos(2 * Math.PI * rng.nextFloat());
    return Math.round((20 * NS_PER_MS * Math.exp(0.5 * normal)) / NS_PER_US) * NS_PER_US;
  }).sort((a, b) => a - b);
  return { distribution: 'histogram', valueNs, count: valueNs.map(() => 1), source: 'the bench' };
}

/** Returns how long each request took, ascending, with one under way on every connection. */
async function requestTimes(stand: Stand, requests: number): Promise<Float64Array> {
  const timesNs: Ns[] = [];
  let left = requests;
  const oneAfterOther = async (place: number): Promise<void> => {
    const socket = await stand.dial();
    await sleep(clock, place * APART_NS);
    for (; left > 0; left--) {
      const fromNs = clock.nowNs();
      socket.write('a request');
      await once(socket, 'data');
      timesNs.push(clock.nowNs() - fromNs);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => oneAfterOther(i)));
  return Float64Array.from(timesNs).sort();
}
