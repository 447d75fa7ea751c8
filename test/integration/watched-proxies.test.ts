import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import { startProxyAdmin, startProxyHost, type ProxyHost } from '../../src/proxy/index.ts';
import type { Toxic } from '../../src/toxics/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { freePort } from './free-port.ts';
import { listening } from './http-proxy.ts';
import { ranScenario } from './ran-scenario.ts';

const ABORT: Toxic = {
  name: 'half',
  type: 'http_abort',
  stream: 'upstream',
  toxicity: 0.5,
  settings: { status: 503, body: '' },
};

let workplace: Workplace;
const open: (() => unknown)[] = [];

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  workplace.remove();
});

interface Others {
  readonly host: ProxyHost;
  readonly admin: URL;
  readonly file: string;
}

/** Proxies with an admin API of their own, as another process has them, and who calls through. */
async function others({ tells }: { readonly tells: boolean }): Promise<Others> {
  const upstream = await listening(createServer((_request, response) => response.end('ok')));
  const host = await startProxyHost({
    proxies: [],
    seed: 3,
    tellsAnyone: tells,
    onFailure: (error) => {
      throw error;
    },
  });
  open.push(upstream.stop, () => host.close());
  const { listen } = await host.create({
    name: 'pay',
    listen: '127.0.0.1:0',
    upstream: `127.0.0.1:${upstream.port}`,
    protocol: 'http',
    callerFaults: false,
  });
  const takeTouches = (): ReturnType<ProxyHost['takeTouches']> => host.takeTouches();
  const admin = await startProxyAdmin({
    control: host,
    listen: { host: '127.0.0.1', port: 0 },
    ...(tells && { takeTouches }),
  });
  open.push(() => admin.close());
  const file = workplace.file(
    'watched.yaml',
    `name: watched
seed: 11
targets: { api: { url: "http://${listen}" } }
flows: { look: [{ step: home, target: api, timeout: 20s, http: { path: / } }] }
load: [{ phase: steady, arrivals: { process: constant, rate: 100/s }, for: 1500ms }]
trace: { keep: { head: 100%, errors: all, slow: 1% } }
`,
  );
  return { host, admin: new URL(admin.url), file };
}

const FAULT = 'pay/half';

function isMarked({ attributes }: Span): boolean {
  return attributes['callgauge.fault'] === FAULT;
}

function wasActive({ attributes }: Span): boolean {
  return attributes['callgauge.fault.active'] === FAULT;
}

it('marks the calls that a toxic of another callgauge touched, and no others', async () => {
  const { host, admin, file } = await others({ tells: true });
  // Nobody asked before the run: nothing of that time is told.
  await host.addToxic('pay', ABORT);
  const { spans, windows, notes } = await ranScenario(file, { watchProxies: admin });
  expect(notes.join('\n')).toContain('calls are marked by what touched them');
  expect(spans).toHaveLength(150);
  const failed = spans.filter(({ status }) => status === 'Error');
  expect(failed.length).toBeGreaterThan(30);
  expect(failed.length).toBeLessThan(120);
  expect(spans.filter((span) => isMarked(span))).toEqual(failed);
  expect(spans.every((span) => wasActive(span))).toBe(true);
  // On from the start to the end: a condition of the run.
  expect(windows.at(-1)).toMatchObject({
    ...{ fault: FAULT, placeKind: 'proxy', place: `pay@${admin.host}`, effect: 'http_abort' },
    ...{ fromNs: 0, attributes: { toxicity: '0.5', during: 'run' } },
  });
});

it('marks by time alone where the other side does not tell, and says so', async () => {
  const { host, admin, file } = await others({ tells: false });
  let removing: Promise<unknown> | undefined;
  await host.addToxic('pay', ABORT);
  const { spans, windows, notes } = await ranScenario(file, {
    watchProxies: admin,
    observer: {
      begun: () => undefined,
      note: () => undefined,
      // After the first second it is taken off.
      second: () => {
        removing ??= host.removeToxic('pay', 'half');
      },
      loadEnded: () => undefined,
    },
  });
  await removing;
  expect(notes).toEqual([]);
  expect(spans.filter((span) => isMarked(span))).toEqual([]);
  expect(spans.filter(({ status }) => status === 'Error').length).toBeGreaterThan(0);
  // Every call that failed was in the window, which is over before the run is.
  expect(spans.filter((span) => span.status === 'Error' && !wasActive(span))).toEqual([]);
  const window = windows.at(-1);
  expect(window?.attributes).toMatchObject({ marks: 'by time' });
  expect(window?.attributes).not.toHaveProperty('during');
  expect(window?.toNs).toBeLessThan(Infinity);
});

it('begins no run whose other proxies do not answer', async () => {
  const port = await freePort();
  const { file } = await others({ tells: true });
  const url = new URL(`http://127.0.0.1:${port}`);
  await expect(ranScenario(file, { watchProxies: url })).rejects.toMatchObject({
    code: 'PROXIES_UNREACHABLE',
    message: expect.stringContaining(`the proxies at ${url.origin} cannot be watched`),
  });
});
