import type { Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type NodeStreams, nodeStreams } from '../../src/drivers/http/node-streams.ts';
import { driverCalls } from './driver-calls.ts';
import { type RawServer, startRawServer } from './raw-server.ts';

const CALLS = 200;

let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A kernel that takes each request a turn of the loop late: what is written to by then is sent. */
function lateKernel(): NodeStreams | undefined {
  const streams = nodeStreams();
  return streams === undefined
    ? undefined
    : { ...streams, handleOf: (socket) => lateHandle(streams, socket), isHeld: () => true };
}

function lateHandle(streams: NodeStreams, socket: Socket): ReturnType<NodeStreams['handleOf']> {
  const handle = streams.handleOf(socket);
  if (handle === undefined) return undefined;
  return {
    writeBuffer: (request, bytes) => {
      setImmediate(() => {
        socket.write(bytes);
        request.oncomplete?.(0);
      });
      return 0;
    },
    writev: handle.writev.bind(handle),
    get onread() {
      return handle.onread;
    },
    set onread(onread) {
      handle.onread = onread;
    },
  };
}

it('requests that the kernel takes late keep the ids of their calls', async () => {
  server = await startRawServer((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
  const streams = lateKernel();
  expect(streams).toBeDefined();
  const made = await driverCalls({
    url: server.url,
    calls: CALLS,
    connections: 20,
    ...(streams && { streams }),
  });
  expect(made.outcomes).toEqual({ ok: CALLS });
  const ids = server.requests.map((text) => /^traceparent: (.+)$/mu.exec(text)?.[1]);
  expect(new Set(ids).size).toBe(CALLS);
});
