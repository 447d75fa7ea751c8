import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { type NodeStreams, nodeStreams } from '../../src/drivers/http/node-streams.ts';
import { type DriverCalls, driverCalls, type DriverCallsOptions } from './driver-calls.ts';
import { HAS_OPENSSL } from './installed-parts.ts';
import { makeTlsIdentity, trusting } from './tls-identity.ts';

/** More than the buffers of both kernels and a TLS record hold. */
const HUGE_BYTES = 12_000_000;

const past = nodeStreams();
const ways: readonly [string, NodeStreams | undefined][] = [
  ['past the stream', past],
  ['through the stream', past && { ...past, handleOf: () => undefined }],
];

describe.skipIf(!HAS_OPENSSL)('requests over TLS', () => {
  const identity = HAS_OPENSSL ? makeTlsIdentity() : { key: '', cert: '' };
  let server: Server | undefined;
  let port = 0;
  const open = new Set<Duplex>();

  afterEach(async () => {
    for (const socket of open) socket.destroy();
    open.clear();
    server?.close();
    if (server) await once(server, 'close');
    server = undefined;
  });

  async function serve(listener: RequestListener): Promise<void> {
    server = createServer(identity, listener).listen(0, '127.0.0.1');
    server.on('connection', (socket) => open.add(socket));
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  function calls(options: Omit<DriverCallsOptions, 'url'>): Promise<DriverCalls> {
    const reach = { tls: trusting(identity) };
    return driverCalls({ url: `https://127.0.0.1:${port}`, reach, ...options });
  }

  describe.each(ways)('%s', (_way, streams) => {
    const by = streams && { streams };

    it.each([0, 1, 16_383, 16_384, 16_385, 70_000, 3_000_000])(
      'carry a body of %i bytes, and its answer',
      async (bytes) => {
        await serve((request, response) => request.pipe(response));
        const body = 'b'.repeat(bytes);
        const http = { method: 'POST', body };
        const made = await calls({ ...by, calls: 4, connections: 2, http, answers: true });
        expect(made.outcomes).toEqual({ ok: 4 });
        expect(made.connected).toHaveLength(2);
        for (const { answer } of made.calls) expect(answer?.body.toString()).toBe(body);
      },
    );

    it('carry the ids of their own calls', async () => {
      const ids = new Set<unknown>();
      await serve(({ headers }, response) => {
        ids.add(headers['traceparent']);
        response.end();
      });
      const made = await calls({ ...by, calls: 400, connections: 20 });
      expect(made.outcomes).toEqual({ ok: 400 });
      expect(ids.size).toBe(400);
    });

    it('are told as timed out while most of them is held', async () => {
      await serve(() => undefined);
      const http = { method: 'POST', body: 'b'.repeat(HUGE_BYTES) };
      const timeoutNs = NS_PER_SEC / 5;
      const made = await calls({ ...by, calls: 4, connections: 2, http, timeoutNs });
      expect(made.outcomes).toEqual({ timeout: 4 });
    });

    it('are told as broken where the target closes within them', async () => {
      await serve((request) => request.once('data', () => request.socket.destroy()));
      const http = { method: 'POST', body: 'b'.repeat(HUGE_BYTES) };
      const made = await calls({ ...by, calls: 4, connections: 2, http });
      expect(made.outcomes).toEqual({ transport: 4 });
      for (const error of made.errors) expect(['ECONNRESET', 'EPIPE']).toContain(error);
    });

    it('that are answered early leave a connection that is not used again', async () => {
      await serve((_request, response) => response.end('early'));
      const http = { method: 'POST', body: 'b'.repeat(HUGE_BYTES) };
      const made = await calls({ ...by, calls: 3, connections: 1, http });
      expect(made.outcomes).toEqual({ ok: 3 });
      expect(made.connected.length).toBeGreaterThanOrEqual(3);
    });

    it('that meet the close of a kept connection are sent again', async () => {
      let requests = 0;
      await serve(({ socket }, response) => {
        // Every second request finds its connection closed, without a word before.
        if (++requests % 2 === 0) socket.end();
        else response.end();
      });
      const made = await calls({ ...by, calls: 4, connections: 1 });
      expect(made.outcomes).toEqual({ ok: 4 });
      expect(made.resent).toBe(3);
    });
  });
});
