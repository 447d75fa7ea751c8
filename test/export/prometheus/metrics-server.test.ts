import { afterEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../../src/core/index.ts';
import { startMetricsServer, type MetricsServer } from '../../../src/export/prometheus/index.ts';

const OPTIONS = {
  runId: '655d0a00c0ffee00',
  scenario: 'checkout',
  quantilesOf: () => [],
  targetOf: () => 'api',
  clock: systemClock(),
};
const servers: MetricsServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('startMetricsServer', () => {
  it('serves the text format of Prometheus on loopback, on a free port', async () => {
    const server = await start();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/u);
    const response = await fetch(server.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('callgauge_run_info{');
  });

  it('shows an update at the next scrape', async () => {
    const server = await start();
    server.update({
      histograms: [],
      counters: [],
      connectErrors: [],
      wantedRatePerSec: 250,
      faults: [],
    });
    expect(await (await fetch(server.url)).text()).toContain('callgauge_wanted_rate 250\n');
  });

  it('answers other paths with 404, other methods with 405, HEAD without a body', async () => {
    const server = await start();
    expect((await fetch(new URL('/', server.url))).status).toBe(404);
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(405);
    const head = await fetch(server.url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('says which address was taken, and what to do', async () => {
    const { port } = new URL((await start()).url);
    await expect(startMetricsServer({ ...OPTIONS, port: Number(port) })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
      hint: expect.stringContaining('--metrics') as string,
    });
  });

  it('listens no more once it is closed, also with a scraper still connected', async () => {
    const server = await startMetricsServer({ ...OPTIONS, port: 0 });
    await (await fetch(server.url)).text();
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

async function start(): Promise<MetricsServer> {
  const server = await startMetricsServer({ ...OPTIONS, port: 0 });
  servers.push(server);
  return server;
}
