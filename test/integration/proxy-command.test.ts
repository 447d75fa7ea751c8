import { once } from 'node:events';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callgauge, CallgaugeProcess, type Ended, Workplace } from '../cli/callgauge-process.ts';

const SERVICE = resolve(import.meta.dirname, '../processes/fixtures/service.ts');
let workplace: Workplace;
let command: CallgaugeProcess | undefined;

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => {
  command?.child.kill('SIGKILL');
  command = undefined;
  workplace.remove();
});

/** Starts a command and returns the admin API that it says it serves. */
async function startWithApi(args: readonly string[]): Promise<[CallgaugeProcess, string]> {
  command = new CallgaugeProcess(args);
  let said = '';
  command.child.stderr?.on('data', (text: string) => (said += text));
  await command.says('admin API');
  const url = /admin API[^\n]* at (http:\/\/[\d.]+:\d+)/u.exec(said)?.[1];
  if (url === undefined) throw new Error(`no address in: ${said}`);
  return [command, url];
}

describe('callgauge proxy', () => {
  it('serves the proxies it was given, with their toxics, until Ctrl-C', async () => {
    const config = workplace.file(
      'proxies.json',
      JSON.stringify([
        {
          name: 'filed',
          listen: '127.0.0.1:0',
          upstream: '127.0.0.1:1',
          toxics: [{ type: 'latency', attributes: { latency: 5 } }],
        },
      ]),
    );
    const given = ['--proxy', 'web=127.0.0.1:0,127.0.0.1:2,http', '--proxy', 'raw=,:3'];
    const [running, url] = await startWithApi([
      'proxy',
      '--listen',
      '0',
      '--config',
      config,
      '--seed',
      '7',
      ...given,
    ]);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const proxies = await (await fetch(`${url}/proxies`)).json();
    expect(proxies).toMatchObject({
      filed: { enabled: true, toxics: [{ name: 'latency_downstream' }] },
      web: { upstream: '127.0.0.1:2', protocol: 'http' },
      raw: { upstream: ':3' },
    });
    await running.says('raw: ');
    const everywhere = { name: 'open', listen: '0.0.0.0:0', upstream: ':4' };
    const refused = await fetch(`${url}/proxies`, {
      method: 'POST',
      body: JSON.stringify(everywhere),
    });
    expect([refused.status, await refused.text()]).toEqual([
      403,
      expect.stringContaining('--allow-remote-listen') as string,
    ]);
    const toxic = `${url}/proxies/web/toxics/slow`;
    const attributes = { latency: 250 };
    await fetch(`${url}/proxies/web/toxics`, {
      method: 'POST',
      body: JSON.stringify({ name: 'slow', type: 'latency', toxicity: 0.3, attributes }),
    });
    await fetch(toxic, { method: 'POST', body: JSON.stringify({ toxicity: 1 }) });
    await fetch(toxic, { method: 'DELETE' });
    await running.says('slow off');
    running.child.kill('SIGINT');
    const { code, err } = await running.ended();
    expect(code).toBe(0);
    expect(err).toContain('seed 7');
    expect(err).toMatch(/filed: 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:1, toxics: latency_downstream/u);
    expect(err).toMatch(/web: .+, HTTP/u);
    const changes = err.split('\n').filter((line) => line.includes(' toxic '));
    expect(changes.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3}Z /u, ''))).toEqual([
      'web: toxic slow on (latency, latency 250 ms, toxicity 30%)',
      'web: toxic slow changed (latency, latency 250 ms)',
      'web: toxic slow off',
    ]);
  });

  it('listens for others, and answers to another name, where it is told to', async () => {
    const flags = ['--allow-remote-listen', '--allow-host', 'ci.example', '--allow-host', 'b.test'];
    const [, url] = await startWithApi(['proxy', '--listen', '0', ...flags]);
    const statusOf = async (host: string): Promise<number> =>
      new Promise((done, reject) => {
        const listen = '{"name":"open","listen":"0.0.0.0:0","upstream":":4"}';
        request(`${url}/proxies`, { method: 'POST', headers: { host } }, (answer) => {
          done(answer.resume().statusCode ?? 0);
        })
          .on('error', reject)
          .end(listen);
      });
    expect(await statusOf('c.test')).toBe(403);
    expect(await statusOf('b.test:1')).toBe(201);
    expect(await statusOf('ci.example')).toBe(409);
  });

  it('says what is wrong, and ends with its code', async () => {
    const config = workplace.file('proxies.json', '[{"name":"a"}]');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const address = `127.0.0.1:${port}`;
    const proxying = (listen: number, ...args: readonly string[]): Promise<Ended> =>
      callgauge(['proxy', '--listen', String(listen), ...args]);
    const [wrong, option, listen, proxy, both, unknown] = await Promise.all([
      proxying(0, '--config', config),
      proxying(0, '--proxy', 'a'),
      proxying(port),
      proxying(0, '--proxy', `a=${address},:1`),
      proxying(port, '--proxy', `a=${address},:1`),
      proxying(0, '--proxy', 'a=nohost.invalid:1,:1'),
    ]);
    taken.close();
    expect([wrong.code, wrong.err]).toEqual([
      104,
      expect.stringContaining(
        `missing required field: upstream at proxy 1 (${config}, proxy 1 (a))`,
      ),
    ]);
    expect([option.code, option.err]).toEqual([104, expect.stringContaining('--proxy must be')]);
    expect([listen.code, listen.err]).toEqual([110, expect.stringContaining('EADDRINUSE')]);
    expect([proxy.code, proxy.err]).toEqual([
      110,
      expect.stringContaining(`listen tcp ${address}: bind: address already in use (--proxy a)`),
    ]);
    // Where the API's own port is taken no proxy has begun, so what it would have met is not
    // reported.
    expect([both.code, both.err]).toEqual([110, expect.stringContaining('the admin API')]);
    expect([unknown.code, unknown.err]).toEqual([
      104,
      expect.stringMatching(
        /lookup nohost\.invalid: no such host \(--proxy a\)\n.+the number of an address/u,
      ),
    ]);
  });
});

describe('callgauge run --proxy-admin', () => {
  it('opens the API for the proxies of the run, but for what its plan needs', async () => {
    // The load begins when the API was asked: the setup waits for an answer.
    const asked = Promise.withResolvers<void>();
    const gate = createHttpServer((_request, response) => {
      void asked.promise.then(() => response.end());
    }).listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const file = workplace.file(
      'run.yaml',
      `name: admin
services:
  api: { command: [node, ${SERVICE}, well], ready: / }
proxies:
  api: { upstream: "\${services.api.address}" }
targets:
  api: { url: "http://\${proxies.api.address}" }
  gate: { url: "http://127.0.0.1:${(gate.address() as AddressInfo).port}" }
setup:
  - step: wait
    target: gate
    timeout: 200s
    http: { path: / }
flows:
  look:
    - step: home
      target: api
      http: { path: / }
load:
  - phase: steady
    arrivals: { rate: 20/s }
    for: 3s
faults:
  - name: planned
    proxy: api
    toxic: { type: latency, latency: 5ms }
    during: { phase: steady, from: 2s, for: 500ms }
`,
    );
    const args = ['run', file, '--dir', workplace.storeDir, '--json', '--proxy-admin', '0'];
    const [running, url] = await startWithApi(args);
    const api = `${url}/proxies/api`;
    const added = await post(`${api}/toxics`, { name: 'mine', type: 'latency' });
    expect(added).toBe(200);
    expect(await post(`${api}/toxics`, { name: 'planned', type: 'latency' })).toBe(409);
    expect((await fetch(api, { method: 'DELETE' })).status).toBe(409);
    expect(await post(`${url}/reset`, {})).toBe(204);
    expect(await (await fetch(`${api}/toxics`)).json()).toEqual([]);
    asked.resolve();
    const { code, out, err } = await running.ended();
    gate.close();
    // A machine that is busy with others makes a run invalid, and ends it with 122.
    expect([0, 122]).toContain(code);
    expect(err).toContain('admin API of the proxies at');
    const { results } = JSON.parse(out) as { results: { faults: { fault: string }[] } };
    expect(results.faults.map(({ fault }) => fault)).toEqual(['planned']);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});

async function post(url: string, body: unknown): Promise<number> {
  return (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).status;
}
