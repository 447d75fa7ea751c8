import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { openHttpForwarder } from '../../src/proxy/http/http-forwarder.ts';
import { ProxyCounters } from '../../src/proxy/proxy-stats.ts';

describe('a connection of HTTP that is reset in the moment its client has ended', () => {
  it('is reset at the upstream, and its socket is not lost', async () => {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const forwarder = openHttpForwarder({
      clock: systemClock(),
      seed: 1,
      proxy: 'edge',
      callerFaults: false,
      connection: 0,
      upstream: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
      toxics: () => [],
      counters: new ProxyCounters(),
    });
    forwarder.on('error', () => undefined);
    forwarder.write('GET / HTTP/1.1\r\nhost: edge\r\n\r\n');
    const [upstream] = (await once(server, 'connection')) as [Socket];
    await once(upstream, 'data');
    const failed = once(upstream, 'error');
    // The end is on its way to the upstream, and not there yet.
    forwarder.end();
    forwarder.resetAndDestroy();
    // Behind an end a reset is seen by who writes; a lost socket would take it all.
    const writing = setInterval(() => upstream.write('late'), 5);
    onTestFinished(() => clearInterval(writing));
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
  });
});
