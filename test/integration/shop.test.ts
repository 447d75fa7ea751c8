import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../src/core/index.ts';
import { allocatePorts, startServices, type Services } from '../../src/processes/index.ts';
import { startProxyHost, type ProxyHost } from '../../src/proxy/index.ts';

const NAMES = ['orders', 'inventory', 'payment', 'notification', 'shipping'];
const ORDER = JSON.stringify({ userId: 'u1', sku: 'A-1' });

/** Everything that came to the receiver, as the raw bytes of OTLP protobuf. */
const received: Buffer[] = [];
let receiver: Server;
let proxies: ProxyHost;
let services: Services;
let ordersUrl: string;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
      response.setHeader('content-type', 'application/x-protobuf').end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const ports = await allocatePorts(NAMES);
  const upstream = `127.0.0.1:${ports.get('payment')}`;
  proxies = await startProxyHost({
    proxies: [
      { name: 'payment', listen: '127.0.0.1:0', upstream, protocol: 'tcp', callerFaults: false },
    ],
    seed: 1,
    onFailure: (error) => {
      throw error;
    },
  });
  const url = (name: string): string => `http://127.0.0.1:${ports.get(name)}`;
  const env = {
    INVENTORY_URL: url('inventory'),
    PAYMENT_URL: `http://${proxies.address('payment')}`,
    NOTIFICATION_URL: url('notification'),
    SHIPPING_URL: url('shipping'),
  };
  services = await startServices({
    services: NAMES.map((name) => ({
      name,
      command: ['node', 'examples/shop/main.ts', name],
      cwd: '.',
      env: name === 'orders' ? env : {},
      ready: { by: 'http', path: '/healthz' },
      readyWithinNs: 60e9,
    })),
    ports,
    // The last spans are to get out however slow the machine is.
    stopGraceNs: 60e9,
    otlpUrl: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
    baseDir: join(import.meta.dirname, '../..'),
    onExit: (exit) => {
      throw new Error(`${exit.name} ended: ${exit.lastOutput}`);
    },
    onGuardianDeath: (error) => {
      throw error;
    },
  });
  ordersUrl = url('orders');
});

afterAll(async () => {
  await services.stop();
  await proxies.close();
  receiver.close();
});

function order(traceId: string, body = ORDER): Promise<Response> {
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const headers = { 'content-type': 'application/json', traceparent };
  return fetch(`${ordersUrl}/api/orders`, { method: 'POST', headers, body });
}

/** How many spans of a trace were received: its id's bytes stand once in each. */
function spansOf(traceId: string): number {
  const id = Buffer.from(traceId, 'hex');
  let count = 0;
  for (const body of received) {
    for (let at = body.indexOf(id); at >= 0; at = body.indexOf(id, at + 1)) count += 1;
  }
  return count;
}

describe('the shop', () => {
  it('takes an order and soon exports one whole trace of it', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const response = await order(traceId);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ status: 'created' });
    // orders: 1 server, 4 client, 1 producer; the four others: 1 server each.
    await expect.poll(() => spansOf(traceId)).toBe(10);
    const text = Buffer.concat(received).toString('latin1');
    for (const name of NAMES) expect(text).toContain(name);
    for (const key of ['http.request.method', 'server.port', 'http.response.status_code']) {
      expect(text).toContain(key);
    }
  });

  it.each([
    ['no JSON', '{', 400],
    ['no order', '{"sku":1}', 400],
    ['nothing', '', 400],
    ['too much', `"${'x'.repeat(70_000)}"`, 413],
  ])('answers %s with a client error', async (_what, body, status) => {
    expect((await order('4bf92f3577b34da6a3ce929d0e0e4737', body)).status).toBe(status);
  });

  it('answers 404 where it has no route', async () => {
    expect((await fetch(`${ordersUrl}/constructor`)).status).toBe(404);
  });

  it('answers 502 while payment is reset, and is well again after', async () => {
    const common = { stream: 'downstream', toxicity: 1 } as const;
    const settings = { timeoutNs: 0 };
    await proxies.addToxic('payment', { name: 'cut', type: 'reset_peer', ...common, settings });
    expect((await order('4bf92f3577b34da6a3ce929d0e0e4738')).status).toBe(502);
    await proxies.removeToxic('payment', 'cut');
    expect((await order('4bf92f3577b34da6a3ce929d0e0e4739')).status).toBe(201);
    expect((await proxies.stats()).get('payment')?.affected).toEqual({ cut: 1 });
  });

  it('takes as much longer as payment does', async () => {
    const common = { stream: 'downstream', toxicity: 1 } as const;
    const settings = { latencyNs: 250 * NS_PER_MS, jitterNs: 0 };
    await proxies.addToxic('payment', { name: 'stall', type: 'latency', ...common, settings });
    const started = performance.now();
    expect((await order('4bf92f3577b34da6a3ce929d0e0e4740')).status).toBe(201);
    expect(performance.now() - started).toBeGreaterThan(250);
    await proxies.removeToxic('payment', 'stall');
  });

  it('delivers its last spans when it is stopped', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4741';
    expect((await order(traceId)).status).toBe(201);
    await services.stop();
    expect(spansOf(traceId)).toBeGreaterThanOrEqual(6);
  });
});
