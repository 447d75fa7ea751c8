import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { rngFrom } from '../../src/core/index.ts';
import {
  startProxyAdmin,
  startProxyHost,
  type ProxyAdmin,
  type ProxyHost,
} from '../../src/proxy/index.ts';
import { malformedRequest } from './malformed-admin-request.ts';

/** `CALLGAUGE_FUZZ_COUNT` sends more of them. */
const COUNT = Number(process.env['CALLGAUGE_FUZZ_COUNT'] ?? 1_000);
const SEED = Number(process.env['CALLGAUGE_FUZZ_SEED'] ?? 20_261_121);
const AT_ONCE = 8;
/** What the runtime keeps for itself, however many requests there are. */
const MEMORY_GROWTH_BYTES_MAX = 4 * 1024 * 1024;

let host: ProxyHost;
let admin: ProxyAdmin;

beforeAll(async () => {
  host = await startProxyHost({
    proxies: [],
    seed: 1,
    onFailure: (error) => expect.fail(error.message),
  });
  admin = await startProxyAdmin({ control: host, listen: { host: '127.0.0.1', port: 0 } });
  const upstream = '127.0.0.1:1';
  await host.create({
    name: 'main',
    listen: '127.0.0.1:0',
    upstream,
    protocol: 'tcp',
    callerFaults: false,
  });
});

afterAll(async () => {
  await admin.close();
  await host.close();
});

it(
  `answers ${COUNT} malformed requests with a clear 4xx, or closes, and keeps nothing (seed ${SEED})`,
  { timeout: 240_000 + COUNT * 10 },
  async () => {
    const before = await host.proxies();
    const rng = rngFrom(SEED, 'malformed requests');
    const statuses = new Map<string, number>();
    await inBatches(200, async () => void (await sendMalformed(malformedRequest(rng))));
    const memory = await heldBytes();
    const handles = openSockets();
    await inBatches(COUNT, async () => {
      const request = malformedRequest(rng);
      const answer = await sendMalformed(request);
      const status = statusOf(answer, request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    expect([...statuses.keys()]).toEqual(
      expect.arrayContaining(['400', '404', '405', '413', '431']),
    );
    expect(await host.proxies()).toEqual(before);
    await expect.poll(openSockets).toBeLessThanOrEqual(handles + 1);
    expect((await heldBytes()) - memory).toBeLessThan(MEMORY_GROWTH_BYTES_MAX);
    expect(admin.droppedConnections).toBe(0);
    expect((await fetch(`${admin.url}/version`)).status).toBe(200);
  },
);

async function inBatches(count: number, work: () => Promise<void>): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    const size = Math.min(AT_ONCE, count - done);
    await Promise.all(Array.from({ length: size }, work));
  }
}

/**
 * Returns all that comes back until the connection ends: by the server, or here when it is
 * answered.
 */
async function sendMalformed(request: Buffer): Promise<string> {
  const { hostname, port } = new URL(admin.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  socket.end(request);
  if (!socket.destroyed) await once(socket, 'close');
  return answer;
}

/** Every answer of a connection must be a refusal that says why; none at all is a clean close. */
function statusOf(answer: string, request: Buffer): string {
  if (answer === '') return 'closed';
  const shown = `${JSON.stringify(request.toString('latin1').slice(0, 300))} -> ${answer.slice(0, 300)}`;
  const status = /^HTTP\/1\.1 (\d{3}) /u.exec(answer)?.[1] ?? '';
  if (!/^(?:4\d\d|301)$/u.test(status)) throw new Error(`no refusal: ${shown}`);
  const hasNoBody = request.toString('latin1', 0, 5) === 'HEAD ';
  if (hasNoBody || ['301', '404', '405'].includes(status)) return status;
  if (!/\{"error":"[^\n]+","status":\d{3}[,}]|User agent not allowed\n/u.test(answer)) {
    throw new Error(`no reason: ${shown}`);
  }
  return status;
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCPSocket')).length;
}

/**
 * What is still reachable. The last connections give up theirs in later turns of the event loop, so
 * the least of some readings counts.
 */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  let least = Infinity;
  for (let reading = 0; reading < 10; reading++) {
    await sleep(50);
    collectGarbage();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + external + arrayBuffers);
  }
  return least;
}
