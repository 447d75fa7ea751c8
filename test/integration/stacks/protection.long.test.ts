import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { Workplace } from '../../cli/callgauge-process.ts';
import { freePort } from '../free-port.ts';
import { installedPart, isInstalled } from '../installed-parts.ts';
import { CountingUpstream } from './counting-upstream.ts';
import { exported, soonestMs } from './exported-policies.ts';
import { BURST, CONCURRENT, HEDGE_MS, PROTECTED, type Protected } from './protected-edges.ts';
import {
  checked,
  endProxies,
  envoyConfig,
  haproxyConfig,
  listening,
  nginxConfig,
  startProxy,
  type Checked,
} from './proxy-files.ts';

const ENVOY = installedPart('bin/envoy');
const HAS_NGINX = isInstalled('nginx', ['-v']);
const HAS_HAPROXY = isInstalled('haproxy', ['-v']);
/** Calls at once, of which a bulkhead lets some through and a limit others. */
const CALLS = 12;

const workplace = new Workplace();
const children: ChildProcess[] = [];
let upstream: CountingUpstream;

beforeAll(async () => {
  upstream = await CountingUpstream.start(1);
});
afterAll(async () => {
  upstream.answerWith(200);
  await endProxies(children);
  await upstream.close();
  workplace.remove();
});

interface Started {
  readonly check: Checked;
  readonly port: number;
}

/** Each edge alone, so that what protects one is not in the way of another. */
async function envoyFor(kind: Protected): Promise<Started> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const set = { name: 'stock', port, endpoints: upstream.ports };
  const content = envoyConfig(exported('envoy', [PROTECTED[kind]]), [set], adminPort);
  const config = workplace.file(`envoy-${kind}.json`, JSON.stringify(content));
  const check = checked(ENVOY ?? '', ['--mode', 'validate', '-l', 'warning', '-c', config]);
  const quiet = ['-l', 'error', '--use-dynamic-base-id', '--concurrency', '1'];
  children.push(startProxy(ENVOY ?? '', ['-c', config, ...quiet]));
  await listening(port);
  return { check, port };
}

async function nginxFor(kind: Protected): Promise<Started> {
  const port = await freePort();
  const set = { name: 'stock', port, endpoints: upstream.ports };
  const file = exported('nginx', [PROTECTED[kind]]);
  const config = workplace.file(`nginx-${kind}.conf`, nginxConfig(file, [set], workplace.folder));
  const args = ['-c', config, '-p', workplace.folder];
  const check = checked('nginx', ['-t', ...args]);
  children.push(startProxy('nginx', args));
  await listening(port);
  return { check, port };
}

async function haproxyFor(kind: Protected): Promise<Started> {
  const port = await freePort();
  const file = exported('haproxy', [PROTECTED[kind]]);
  const text = haproxyConfig(file, { port, endpoints: upstream.ports });
  const config = workplace.file(`haproxy-${kind}.cfg`, text);
  const check = checked('haproxy', ['-c', '-f', config]);
  children.push(startProxy('haproxy', ['-f', config, '-db']));
  await listening(port);
  return { check, port };
}

describe.skipIf(ENVOY === undefined)('Envoy with the exported file', () => {
  it('refuses calls past its bulkhead', async () => {
    const proxy = await startedWell(envoyFor('crowded'));
    await refusesPastBulkhead(proxy.port, CONCURRENT);
  });

  it('makes a second attempt beside one that is late, and cuts none off', async () => {
    const { port } = await startedWell(envoyFor('hedged'));
    upstream.answerWith('hang', 200);
    const { status, tookMs } = await call(port, 'hedged');
    expect(status).toBe(200);
    expect(tookMs).toBeGreaterThanOrEqual(soonestMs(HEDGE_MS));
    expect(upstream.attempts).toEqual(['GET /hedged', 'GET /hedged']);
  });

  it('limits the rate past a burst', async () => {
    await limitsRate((await startedWell(envoyFor('limited'))).port, BURST);
  });

  it('takes out a host that is alone, and tries it again', async () => {
    await opensAndCloses((await startedWell(envoyFor('broken'))).port);
  });
});

describe.skipIf(!HAS_NGINX)('nginx with the exported file', () => {
  it('refuses calls past its bulkhead', async () => {
    await refusesPastBulkhead((await startedWell(nginxFor('crowded'))).port, 0);
  });

  it('limits the rate past a burst', async () => {
    // One beside the burst is not early.
    await limitsRate((await startedWell(nginxFor('limited'))).port, BURST + 1);
  });
});

describe.skipIf(!HAS_HAPROXY)('HAProxy with the exported file', () => {
  it('holds calls past its bulkhead back', async () => {
    const { port } = await startedWell(haproxyFor('crowded'));
    upstream.answerWith('hang');
    const calls = Array.from({ length: CALLS }, async () => call(port, 'crowded'));
    await vi.waitFor(() => expect(upstream.attempts).toHaveLength(CONCURRENT), WAIT);
    upstream.answerWith(200);
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    // Those that were held are refused as their connections end; the others go on from the queue.
    expect(statuses.filter((status) => status === 200)).toHaveLength(CALLS - CONCURRENT);
  });

  it('limits the rate within a second', async () => {
    await limitsRate((await startedWell(haproxyFor('limited'))).port, 2);
  });

  it('takes out a server that fails in a row, and tries it again', async () => {
    await opensAndCloses((await startedWell(haproxyFor('broken'))).port);
  });
});

const WAIT = { timeout: 30_000, interval: 20 } as const;

async function startedWell(starting: Promise<Started>): Promise<Started> {
  const started = await starting;
  expect(started.check.status, started.check.output).toBe(0);
  expect(started.check.output).not.toMatch(/warn/iu);
  return started;
}

/** @param waitingMax how many may wait, as connections open, in place of being refused */
async function refusesPastBulkhead(port: number, waitingMax: number): Promise<void> {
  upstream.answerWith('hang');
  const ended: number[] = [];
  const calls = Array.from({ length: CALLS }, async () => {
    const { status } = await call(port, 'crowded');
    ended.push(status);
  });
  await vi.waitFor(() => {
    expect(ended.length).toBeGreaterThanOrEqual(CALLS - CONCURRENT - waitingMax);
    expect(upstream.attempts).toHaveLength(CONCURRENT);
  }, WAIT);
  expect(new Set(ended)).toEqual(new Set([503]));
  upstream.answerWith(200);
  await Promise.all(calls);
}

/**
 * However slow the machine is: calls in turn are counted and judged one by one, so that the limit
 * lets the first ones through; of those that come at once after them some are past it. Calls that
 * come at once from the first say less: HAProxy's threads count together and judge afterwards.
 */
async function limitsRate(port: number, passing: number): Promise<void> {
  upstream.answerWith(200);
  const statuses: (number | undefined)[] = [];
  for (let i = 0; i < passing; i++) statuses.push((await call(port, 'limited')).status);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const calls = Array.from({ length: CALLS * 2 }, async () => call(port, 'limited'));
  statuses.push(...(await Promise.all(calls)).map(({ status }) => status));
  const passed = statuses.filter((status) => status === 200).length;
  expect(passed).toBeLessThan(statuses.length);
  expect(statuses.filter((status) => status === 429)).toHaveLength(statuses.length - passed);
  expect(upstream.attempts).toHaveLength(passed);
}

async function opensAndCloses(port: number): Promise<void> {
  upstream.answerWith(503);
  // It is open once a call is refused that nobody has seen.
  await vi.waitFor(async () => {
    for (let i = 0; i < 20; i++) await call(port, 'broken');
    const before = upstream.attempts.length;
    expect((await call(port, 'broken')).status).toBe(503);
    expect(upstream.attempts).toHaveLength(before);
  }, WAIT);
  upstream.answerWith(200);
  await vi.waitFor(async () => expect((await call(port, 'broken')).status).toBe(200), WAIT);
}

async function call(port: number, kind: Protected) {
  const began = performance.now();
  const sent = request({ port, host: '127.0.0.1', path: `/${kind}`, agent: false });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await answer.resume().toArray();
  return { status: answer.statusCode ?? 0, tookMs: performance.now() - began };
}
