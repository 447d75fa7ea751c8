import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { processMark } from '../../src/core/index.ts';
import {
  serverStatus,
  startKeptServer,
  stopServer,
  type ServerStatus,
} from '../../src/store/index.ts';
import { callgauge, CallgaugeProcess, Workplace, type Ended } from '../cli/callgauge-process.ts';

type Running = Extract<ServerStatus, { running: true }>;
interface Report {
  readonly metadata: { readonly runId: string; readonly notStored: { readonly spool: string } };
  readonly results: { readonly phases: readonly { readonly arrivals: number }[] };
}

let target: Server;
let workplace: Workplace;

beforeAll(async () => {
  target = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => {
    target.listen(0, '127.0.0.1', resolve);
  });
});

afterAll(() => target.close());

beforeEach(() => {
  workplace = new Workplace();
});

afterEach(() => workplace.remove());

/** A threshold that holds, so that the exit code tells of the store alone. */
function scenario(): string {
  const { port } = target.address() as AddressInfo;
  return workplace.file(
    's.yaml',
    `name: lost
targets: { web: { url: "http://127.0.0.1:${port}" } }
flows: { f: [ { step: get, target: web, http: { path: / } } ] }
load: [ { phase: steady, arrivals: { process: constant, rate: 50/s }, for: 8s } ]
thresholds: [ "get.errors rate < 1%" ]
`,
  );
}

async function running(dir: string): Promise<Running> {
  const status = await serverStatus({ dir });
  if (!status.running) throw new Error(`no server runs in ${dir}`);
  return status;
}

/** Starts a run in a folder of its own and returns it once it sends its load. */
async function sending(options: readonly string[]): Promise<CallgaugeProcess> {
  const run = new CallgaugeProcess(['run', scenario(), '--json', ...options], {
    cwd: workplace.folder,
  });
  await run.says(/\d+\/8 s/u);
  return run;
}

function reportIn({ out, err }: Ended): Report {
  expect(out, err).not.toBe('');
  return JSON.parse(out) as Report;
}

/** What a report says of the run, without where it is. */
function numbersOf({ out }: Ended): unknown {
  const { metadata, ...rest } = JSON.parse(out) as { metadata: { notStored: unknown } };
  return { ...rest, metadata: { ...metadata, notStored: null } };
}

/** The next command stores what waits, once, and the run is then what its own report said. */
async function expectStoredByTheNext(run: Ended, options: readonly string[]): Promise<void> {
  const { runId } = reportIn(run).metadata;
  for (const attempt of ['first', 'second']) {
    const again = await callgauge(['report', runId, '--json', ...options], {
      cwd: workplace.folder,
    });
    expect(again.code, again.err).toBe(0);
    expect(numbersOf(again), attempt).toEqual(numbersOf(run));
    expect(again.err.includes('waited on disk'), attempt).toBe(attempt === 'first');
  }
}

describe('a local store that', () => {
  test('is killed in mid-run is started again, and has the whole run', async () => {
    const dir = join(workplace.folder, 'K');
    const run = await sending(['--dir', dir]);
    process.kill((await running(dir)).pid, 'SIGKILL');
    const ended = await run.ended();
    expect(ended.err).toContain('the local store was gone and has been started again');
    expect(reportIn(ended).metadata.notStored).toBeNull();
    const [steady] = reportIn(ended).results.phases;
    expect(steady?.arrivals).toBe(400);
    expect(workplace.processes()).toEqual([]);
  });

  test('freezes for good leaves the run its report, and nothing behind', async () => {
    const dir = join(workplace.folder, 'K');
    const run = await sending(['--dir', dir]);
    const { pid } = await running(dir);
    process.kill(pid, 'SIGSTOP');
    const ended = await run.ended();
    expect(reportIn(ended).metadata.notStored).toMatchObject({
      spool: join('K', 'spool', 'local'),
    });
    expect([111, 122]).toContain(ended.code);
    await expect.poll(() => processMark(pid)).toBeUndefined();
    await expectStoredByTheNext(ended, ['--dir', dir]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 130],
  ] as const)('freezes is not waited for after %s', async (signal, code) => {
    const dir = join(workplace.folder, 'K');
    const run = await sending(['--dir', dir]);
    process.kill((await running(dir)).pid, 'SIGSTOP');
    run.child.kill(signal);
    const ended = await run.ended();
    expect(ended.code).toBe(code);
    expect(reportIn(ended).metadata.notStored).not.toBeNull();
    await expectStoredByTheNext(ended, ['--dir', dir]);
  });
});

test('a remote store that dies leaves the run its report, and has it once it is back', async () => {
  const dir = join(workplace.folder, 'remote');
  const first = await startKeptServer({ dir });
  if (!first.running) throw new Error('unreachable: it was started');
  const { username, password, database } = first.address;
  const at = `http://${username}:${password}@127.0.0.1:${first.httpPort}/${database}`;
  try {
    const run = await sending(['--store', at]);
    process.kill(first.pid, 'SIGKILL');
    const ended = await run.ended();
    expect(reportIn(ended).metadata.notStored.spool).toMatch(/^\.callgauge\/spool\/[0-9a-f]{16}$/u);
    expect([111, 122]).toContain(ended.code);
    await startKeptServer({ dir, httpPort: first.httpPort });
    await expectStoredByTheNext(ended, ['--store', at]);
  } finally {
    await stopServer({ dir });
  }
});

test('a run whose process was killed is listed as unfinished', async () => {
  const dir = join(workplace.folder, 'K');
  const run = await sending(['--dir', dir]);
  run.child.kill('SIGKILL');
  await run.ended();
  const listed = await callgauge(['runs', '--json', '--dir', dir]);
  expect(JSON.parse(listed.out)).toMatchObject([{ status: 'unfinished', scenario: 'lost' }]);
});
