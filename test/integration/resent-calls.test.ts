import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { driverCalls, type DriverCalls } from './driver-calls.ts';
import { startRawServer } from './raw-server.ts';

const OK_ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

type OnSecond = (socket: Socket) => void;

/** Answers the first request of each connection, as a server that has just found it idle. */
async function callsTo(onSecond: OnSecond, method: string): Promise<DriverCalls> {
  const seen = new WeakSet<Socket>();
  const server = await startRawServer((socket) => {
    if (seen.has(socket)) onSecond(socket);
    else socket.write(method === 'HEAD' ? OK_ANSWER.slice(0, -2) : OK_ANSWER);
    seen.add(socket);
  });
  const http = { method, ...(method === 'PUT' ? { body: 'x'.repeat(20_000) } : {}) };
  const made = await driverCalls({ url: server.url, calls: 6, connections: 1, http });
  await server.close();
  return made;
}

const closes: OnSecond = (socket) => socket.end();
const resets: OnSecond = (socket) => socket.resetAndDestroy();

it.each([
  ['GET', closes],
  ['GET', resets],
  ['HEAD', closes],
  ['PUT', closes],
  ['DELETE', resets],
  ['OPTIONS', closes],
])(
  '%s that meets the close of a kept connection is sent again, and counted',
  async (method, on) => {
    const made = await callsTo(on, method);
    expect(made.outcomes).toEqual({ ok: 6 });
    expect(made.resent).toBe(5);
  },
);

it.each(['POST', 'PATCH'])(
  '%s is not: nobody knows what the target did with it',
  async (method) => {
    const made = await callsTo(closes, method);
    expect(made.outcomes).toEqual({ ok: 3, transport: 3 });
    expect([made.errors, made.resent]).toEqual([['ECONNRESET'], 0]);
  },
);

it('is not sent again once a byte of the answer has come', async () => {
  const made = await callsTo((socket) => socket.end('HTTP/1.1 200 OK\r\n'), 'GET');
  expect(made.outcomes).toEqual({ ok: 3, transport: 3 });
  expect([made.errors, made.resent]).toEqual([['closed mid-response'], 0]);
});

it('is sent again once: a target that closes on the second sending too has failed it', async () => {
  let requests = 0;
  const server = await startRawServer((socket) => {
    if (++requests === 1) socket.write(OK_ANSWER);
    else socket.end();
  });
  const made = await driverCalls({ url: server.url, calls: 3, connections: 1 });
  await server.close();
  expect(made.outcomes).toEqual({ ok: 1, transport: 2 });
  // The last one met the close on a connection that had never answered.
  expect([made.resent, requests]).toEqual([1, 4]);
});

it('fails with the reason where the target is gone when it is to be sent again', async () => {
  let [taken, isGone] = [0, false];
  const server = await startRawServer((socket) => {
    if (++taken === 1) {
      socket.write(OK_ANSWER);
      return;
    }
    isGone = true;
    void server.close();
  });
  const made = await driverCalls({ url: server.url, calls: 2, connections: 1 });
  expect(isGone).toBe(true);
  expect(made.outcomes).toEqual({ ok: 1, transport: 1 });
  expect([made.errors, made.resent]).toEqual([['ECONNREFUSED'], 1]);
  expect(made.connectErrors[0]).toBe('ECONNREFUSED');
});
