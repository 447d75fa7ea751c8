import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import {
  NS_PER_MS,
  NS_PER_SEC,
  rngFrom,
  sleep,
  systemClock,
  type Rng,
} from '../../src/core/index.ts';
import type { Toxic } from '../../src/toxics/index.ts';
import {
  echo,
  proxiedServer,
  toxicOf,
  writeNumbers,
  type ProxiedServer,
} from './proxied-server.ts';

/** CALLGAUGE_SOAK_SECONDS lengthens the race of live traffic against toxics that come and go. */
const SOAK_SEC = Number(process.env['CALLGAUGE_SOAK_SECONDS'] ?? 2);
const SEED = 11;
const CHANGES = 50;
const clock = systemClock();
const open: ProxiedServer[] = [];

afterEach(async () => {
  for (const proxied of open.splice(0)) await proxied.close();
});

/** Toxics that drop nothing, with settings drawn anew. */
const HARMLESS: readonly ((rng: Rng) => Toxic)[] = [
  (rng) => toxicOf('latency', { latencyNs: upTo(rng, 9) * NS_PER_MS, jitterNs: 2 * NS_PER_MS }),
  (rng) => toxicOf('bandwidth', { rateBytesPerSec: 1_000_000 * (1 + upTo(rng, 9)) }),
  (rng) => toxicOf('slicer', { averageBytes: 3 + upTo(rng, 90), variationBytes: 2, delayNs: 0 }),
  (rng) => toxicOf('stall', { durationNs: upTo(rng, 9) * NS_PER_MS }),
  () => toxicOf('slow_close', { delayNs: 5 * NS_PER_MS }),
  () => toxicOf('noop', {}),
];

function upTo(rng: Rng, max: number): number {
  return Math.floor(rng.nextFloat() * (max + 1));
}

/**
 * Adds, updates and removes toxics, on both directions, until that is over; it is asked with how
 * often it has done so.
 */
async function comeAndGo(
  { set }: ProxiedServer,
  isOver: (changes: number) => boolean,
): Promise<void> {
  const rng = rngFrom(SEED, 'come and go');
  const on: string[] = [];
  for (let changes = 0; !isOver(changes); changes++) {
    const make = HARMLESS[upTo(rng, HARMLESS.length - 1)];
    const toxic = make?.(rng);
    if (toxic && on.length < 4) {
      const stream = rng.nextFloat() < 0.5 ? 'upstream' : 'downstream';
      on.push(`${toxic.type}-${changes}`);
      await set.addToxic('edge', { ...toxic, stream, name: `${toxic.type}-${changes}` });
      if (changes % 3 === 0) {
        await set.updateToxic('edge', `${toxic.type}-${changes}`, { settings: toxic.settings });
      }
    }
    if (on.length === 4 || rng.nextFloat() < 0.4) {
      const [name] = on.splice(upTo(rng, on.length - 1), 1);
      if (name !== undefined) await set.removeToxic('edge', name);
    }
    await sleep(clock, NS_PER_MS);
  }
  for (const name of on) await set.removeToxic('edge', name);
}

function isCounting(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length / 4; i++) if (bytes.readUInt32BE(i * 4) !== i) return false;
  return true;
}

it('passes 65,535 numbers whole and in order, then the end, while toxics come and go', async () => {
  const count = 65_535;
  const proxied = await proxiedServer(echo);
  open.push(proxied);
  const socket = await proxied.dial();
  const received = buffer(socket);
  const state = { isOver: false, changes: 0 };
  void received.then(() => (state.isOver = true));
  const changing = comeAndGo(proxied, (changes) => {
    state.changes = changes;
    return state.isOver;
  });
  await writeNumbers(socket, count, (written) => state.changes >= (CHANGES * written) / count);
  const bytes = await received;
  expect(bytes.length).toBe(count * 4);
  expect(isCounting(bytes)).toBe(true);
  await changing;
});

/** Sends texts of many sizes and awaits each echo, which comes back whole, until that is over. */
async function converse(
  socket: Socket,
  rng: Rng,
  isOver: (rounds: number) => boolean,
): Promise<void> {
  for (let rounds = 0; !isOver(rounds); rounds++) {
    const sent = Buffer.alloc(1 + upTo(rng, 20_000), rounds);
    socket.write(sent);
    const received: Buffer[] = [];
    for (let length = 0; length < sent.length;) {
      const bytes = (await nextData(socket)) as Buffer;
      received.push(bytes);
      length += bytes.length;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  }
}

function nextData(socket: Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new Error('closed under way'));
    socket.once('close', closed);
    socket.once('data', (bytes) => {
      socket.off('close', closed);
      resolve(bytes);
    });
  });
}

it(
  `loses no byte of live echoes that race toxics for ${SOAK_SEC} s, and hangs none`,
  async () => {
    const proxied = await proxiedServer(echo);
    open.push(proxied);
    const untilNs = clock.nowNs() + SOAK_SEC * NS_PER_SEC;
    // However little the machine gets done: all of them talk while toxics come and go.
    const roundsOf = Array.from({ length: 12 }, () => 0);
    let changes = 0;
    const isOver = (): boolean =>
      clock.nowNs() > untilNs && changes > CHANGES && Math.min(...roundsOf) > 3;
    const sockets = await Promise.all(roundsOf.map(() => proxied.dial()));
    const changing = comeAndGo(proxied, (made) => {
      changes = made;
      return isOver();
    });
    const talking = sockets.map((socket, i) =>
      converse(socket, rngFrom(SEED, `echo ${i}`), (rounds) => {
        roundsOf[i] = rounds;
        return isOver();
      }),
    );
    await Promise.all([changing, ...talking]);
    const {
      bytesUpstream = 0,
      bytesToUpstream,
      bytesDownstream,
      bytesToClients,
    } = (await proxied.set.stats()).get('edge') ?? {};
    expect([bytesToUpstream, bytesDownstream, bytesToClients]).toEqual(
      Array.from({ length: 3 }, () => bytesUpstream),
    );
    for (const socket of sockets) socket.destroy();
  },
  (SOAK_SEC + 240) * 1_000,
);
