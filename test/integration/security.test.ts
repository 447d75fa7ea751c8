import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { listeningOf, processTree } from './listening-sockets.ts';

const PAGE = readFileSync(resolve(import.meta.dirname, '../../docs/security.md'), 'utf8');
const SERVICE = resolve(import.meta.dirname, '../processes/fixtures/service.ts');

let workplace: Workplace;
let command: CallgaugeProcess | undefined;

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(async () => {
  command?.child.kill('SIGKILL');
  command = undefined;
  await callgauge(['store', 'stop', '--dir', workplace.storeDir]);
  workplace.remove();
});

/** Starts a command as a user with the laxest umask would. */
function start(args: readonly string[]): CallgaugeProcess {
  const umask = process.umask(0);
  command = new CallgaugeProcess(args);
  process.umask(umask);
  return command;
}

interface StoreRecord {
  readonly pid: number;
  readonly httpPort: number;
  readonly controlPort: number;
  readonly token: string;
  readonly password: string;
}

function storeRecord(): StoreRecord {
  return JSON.parse(readFileSync(join(workplace.storeDir, 'store.json'), 'utf8')) as StoreRecord;
}

function portsOfStore({ httpPort, controlPort }: StoreRecord): Record<string, string> {
  return {
    'ClickHouse, HTTP': `127.0.0.1:${httpPort}`,
    'Control port of the local store': `127.0.0.1:${controlPort}`,
  };
}

/** The processes of a command, and the store that it uses, which outlives it. */
function ownProcesses({ child }: CallgaugeProcess): readonly number[] {
  return [...processTree(child.pid ?? 0), ...processTree(storeRecord().pid)];
}

/** Compares what the processes listen on with rows of the page, by the row's first words. */
function expectListening(pids: readonly number[], rows: Readonly<Record<string, string>>): void {
  expect(listeningOf(pids)).toEqual([...new Set(Object.values(rows))].sort());
  for (const row of Object.keys(rows)) expect(PAGE).toContain(`| ${row} |`);
}

async function saidAddress(running: CallgaugeProcess, what: string): Promise<string> {
  const line = new RegExp(`${what} at http://(\\S+?:\\d+)`, 'u');
  return line.exec(await running.says(line))?.[1] ?? '';
}

describe.runIf(process.platform === 'linux')('what listens', () => {
  it('is, for a run, what docs/security.md lists, all of it on loopback', async () => {
    const file = workplace.file(
      'ports.yaml',
      `name: ports
services:
  orders: { command: [node, ${JSON.stringify(SERVICE)}] }
proxies:
  orders: { upstream: "\${services.orders.address}" }
targets:
  orders: { url: "\${proxies.orders.url}" }
flows:
  look: [{ step: home, target: orders, http: { path: /healthz } }]
load: [{ phase: steady, arrivals: { rate: 1/s }, for: 10m }]
`,
    );
    const dir = ['--dir', workplace.storeDir];
    const running = start([
      'run',
      file,
      ...dir,
      '--metrics',
      '0',
      '--proxy-admin',
      '0',
      '--receive-wait',
      '0',
    ]);
    const metrics = await saidAddress(running, 'metrics');
    const receiver = await saidAddress(running, 'receiving spans');
    const admin = await saidAddress(running, 'admin API of the proxies');
    const { orders } = (await (await fetch(`http://${admin}/proxies`)).json()) as {
      orders: { listen: string; upstream: string };
    };
    const record = storeRecord();
    const pids = ownProcesses(running);
    expectListening(pids, {
      ...portsOfStore(record),
      'OTLP receiver': receiver,
      'Proxies of a scenario': orders.listen,
      'Admin API of the proxies': admin,
      '`/metrics`': metrics,
      'Services of a scenario': orders.upstream,
    });
    expectSecretsKept(record, pids);
    running.child.kill('SIGTERM');
    await running.ended();
  });

  it('is, for receive, the receiver and the store', async () => {
    const running = start(['receive', '--listen', '0', '--dir', workplace.storeDir]);
    const receiver = await saidAddress(running, 'receiving');
    expectListening(ownProcesses(running), {
      ...portsOfStore(storeRecord()),
      'OTLP receiver': receiver,
    });
    running.child.kill('SIGTERM');
    await running.ended();
  });

  it('is, for proxy, the proxies and their admin API', async () => {
    const running = start(['proxy', '--listen', '0', '--proxy', 'pay=127.0.0.1:0,127.0.0.1:1']);
    const admin = await saidAddress(running, 'admin API');
    const { pay } = (await (await fetch(`http://${admin}/proxies`)).json()) as {
      pay: { listen: string };
    };
    expectListening(processTree(running.child.pid ?? 0), {
      'Admin API of the proxies': admin,
      'Proxies of `proxy`': pay.listen,
    });
    running.child.kill('SIGTERM');
    await running.ended();
  });

  it('is, for a store that is kept, its two ports', async () => {
    const kept = start(['store', 'start', '--dir', workplace.storeDir]);
    expect((await kept.ended()).code).toBe(0);
    const record = storeRecord();
    const pids = processTree(record.pid);
    expectListening(pids, portsOfStore(record));
    expectSecretsKept(record, pids);
  });
});

/** Returns what a file holds; nothing of one that the server has removed meanwhile. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Whatever the umask: nobody else gets into the folder, and what holds a secret says so itself. */
function expectSecretsKept({ password, token }: StoreRecord, pids: readonly number[]): void {
  const { storeDir } = workplace;
  expect(modeOf(storeDir)).toBe('700');
  const withSecret = readdirSync(storeDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => [password, token].some((secret) => contentOf(path).includes(secret)));
  expect(withSecret).toContain(join(storeDir, 'store.json'));
  expect(withSecret.filter((path) => modeOf(path) !== '600')).toEqual([]);
  for (const part of ['cmdline', 'environ']) {
    const seen = pids.map((pid) => readFileSync(`/proc/${pid}/${part}`, 'utf8')).join('\n');
    expect(seen).not.toContain(password);
    expect(seen).not.toContain(token);
  }
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
