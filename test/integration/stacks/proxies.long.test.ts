import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Workplace } from '../../cli/callgauge-process.ts';
import { freePort } from '../free-port.ts';
import { installedPart, isInstalled } from '../installed-parts.ts';
import { CountingUpstream } from './counting-upstream.ts';
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
import {
  caseName,
  CASES,
  EDGES,
  ENDS_MS,
  exported,
  leastMs,
  soonestMs,
  type Kind,
} from './exported-policies.ts';

const ENVOY = installedPart('bin/envoy');
const HAS_NGINX = isInstalled('nginx', ['-v']);
const HAS_HAPROXY = isInstalled('haproxy', ['-v']);

const workplace = new Workplace();
const children: ChildProcess[] = [];
let upstream: CountingUpstream;
/** Nobody listens there. */
let deadPort: number;

beforeAll(async () => {
  upstream = await CountingUpstream.start(3);
  deadPort = await freePort();
});
afterAll(async () => {
  await endProxies(children);
  await upstream.close();
  workplace.remove();
});

/** A proxy with an exported file: to the upstream, and to a dead port beside the upstream. */
interface Proxy {
  /** Its own check of the file; what it wrote. */
  readonly check: Checked;
  readonly port: number;
  readonly halfDeadPort: number;
}

describe.skipIf(ENVOY === undefined)('Envoy with the exported file', () => {
  let proxy: Proxy;
  let adminPort: number;
  beforeAll(async () => {
    const ports = [await freePort(), await freePort()] as const;
    adminPort = await freePort();
    const config = workplace.file(
      'envoy.json',
      JSON.stringify(
        envoyConfig(
          exported('envoy', Object.values(EDGES)),
          [
            { name: 'stock', port: ports[0], endpoints: upstream.ports },
            { name: 'half-dead', port: ports[1], endpoints: halfDead() },
          ],
          adminPort,
        ),
      ),
    );
    const check = checked(ENVOY ?? '', ['--mode', 'validate', '-l', 'warning', '-c', config]);
    const quiet = ['-l', 'error', '--use-dynamic-base-id', '--concurrency', '1'];
    children.push(startProxy(ENVOY ?? '', ['-c', config, ...quiet]));
    proxy = { check, port: ports[0], halfDeadPort: ports[1] };
    await Promise.all(ports.map(listening));
  });
  asserted(() => proxy);

  it('ends a call at its total, whatever attempts are left', async () => {
    upstream.answerWith('hang');
    const { status, tookMs } = await call(proxy.port, 'ends-hang');
    expect(status).toBe(504);
    expect(tookMs).toBeGreaterThanOrEqual(soonestMs(ENDS_MS));
    expect(upstream.attempts.length).toBeLessThanOrEqual(2);
  });

  it('keeps to the retry budget where all calls fail', async () => {
    upstream.answerWith('hang');
    const calls = Array.from({ length: 40 }, async () => call(proxy.port, 'again-hang'));
    await Promise.all(calls);
    const stats = await fetch(`http://127.0.0.1:${adminPort}/stats?filter=retry_overflow`);
    const overflow = /^cluster\.stock\.upstream_rq_retry_overflow: (\d+)$/mu.exec(
      await stats.text(),
    );
    expect(Number(overflow?.[1])).toBeGreaterThan(0);
    expect(upstream.attempts.length).toBeLessThan(120);
  });
});

describe.skipIf(!HAS_NGINX)('nginx with the exported file', () => {
  let proxy: Proxy;
  beforeAll(async () => {
    const [port, halfDeadPort] = [await freePort(), await freePort()];
    const sets = [
      { name: 'stock', port, endpoints: upstream.ports },
      { name: 'half_dead', port: halfDeadPort, endpoints: halfDead() },
    ];
    const file = exported('nginx', Object.values(EDGES));
    const config = workplace.file('nginx.conf', nginxConfig(file, sets, workplace.folder));
    const args = ['-c', config, '-p', workplace.folder];
    const check = checked('nginx', ['-t', ...args]);
    children.push(startProxy('nginx', args));
    proxy = { check, port, halfDeadPort };
    await Promise.all([port, halfDeadPort].map(listening));
  });
  asserted(() => proxy);
});

describe.skipIf(!HAS_HAPROXY)('HAProxy with the exported file', () => {
  let proxy: Proxy;
  beforeAll(async () => {
    const [port, halfDeadPort] = [await freePort(), await freePort()];
    const file = exported('haproxy', Object.values(EDGES));
    const whole = haproxyConfig(file, { port, endpoints: upstream.ports });
    const dead = haproxyConfig(file, { port: halfDeadPort, endpoints: halfDead() });
    const configs = [
      workplace.file('haproxy.cfg', whole),
      workplace.file('haproxy-dead.cfg', dead),
    ];
    const check = checked('haproxy', ['-c', '-f', configs[0] ?? '']);
    for (const config of configs) children.push(startProxy('haproxy', ['-f', config, '-db']));
    proxy = { check, port, halfDeadPort };
    await Promise.all([port, halfDeadPort].map(listening));
  });
  asserted(() => proxy);
});

/** What holds of all of them. */
function asserted(proxyOf: () => Proxy): void {
  it('passes its own check without a warning', () => {
    const { status, output } = proxyOf().check;
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/warn/iu);
  });

  it.each(CASES.map((each) => [caseName(each), each] as const))('%s', async (_, each) => {
    upstream.answerWith(...each.answers);
    const { status, tookMs } = await call(proxyOf().port, each.kind);
    expect(status === 200).toBe(each.ends === 'well');
    expect(upstream.attempts).toEqual(
      Array.from({ length: each.attempts }, () => requestOf(each.kind)),
    );
    expect(tookMs).toBeGreaterThanOrEqual(leastMs(each));
  });

  it.each<Kind>(['again', 'connect'])('%s: goes elsewhere where nobody listens', async (kind) => {
    upstream.answerWith(200);
    for (let i = 0; i < 6; i++) {
      expect(await call(proxyOf().halfDeadPort, kind)).toMatchObject({ status: 200 });
    }
    expect(upstream.attempts).toHaveLength(6);
  });

  it('once: goes nowhere else', async () => {
    upstream.answerWith(200);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      statuses.push((await call(proxyOf().halfDeadPort, 'once')).status);
    }
    expect(statuses.filter((status) => status === 503 || status === 502)).not.toEqual([]);
    expect(upstream.attempts).toHaveLength(statuses.filter((status) => status === 200).length);
  });
}

function requestOf(kind: Kind): string {
  const { httpMethod, path } = EDGES[kind].request;
  return `${httpMethod} ${path}`;
}

async function call(port: number, kind: Kind) {
  const { httpMethod: method, path } = EDGES[kind].request;
  const began = performance.now();
  // A connection each: HAProxy answers a reset with 502 for the first of a connection alone.
  const sent = request({ port, host: '127.0.0.1', method, path, agent: false });
  sent.end(method === 'POST' ? 'x' : undefined);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await answer.resume().toArray();
  return { status: answer.statusCode ?? 0, tookMs: performance.now() - began };
}

function halfDead(): readonly number[] {
  return [deadPort, ...upstream.ports.slice(0, 1)];
}
