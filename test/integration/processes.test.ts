import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, NS_PER_SEC, sleep, systemClock } from '../../src/core/index.ts';
import {
  allocatePorts,
  startServices,
  type ServiceExit,
  type Services,
} from '../../src/processes/index.ts';
import type { ServiceSpec } from '../../src/scenario/index.ts';

const clock = systemClock();
const fixtures = join(import.meta.dirname, '../processes/fixtures');
/** A second or two, and what a crowded machine makes of them. */
const MOMENT_NS = 20 * NS_PER_SEC;
const running: Services[] = [];
/** Of the last start, also of one that failed. */
let lastPorts: ReadonlyMap<string, number> = new Map();

afterEach(async () => {
  for (const services of running.splice(0)) await services.stop();
});

function service(name: string, changes: Partial<ServiceSpec> = {}): ServiceSpec {
  const command = ['node', 'service.ts', name];
  return {
    name,
    command,
    cwd: '.',
    env: {},
    ready: { by: 'http', path: '/' },
    readyWithinNs: 60e9,
    ...changes,
  };
}

async function started(specs: readonly ServiceSpec[], runsOn: Clock = clock) {
  const ports = await allocatePorts(specs.map(({ name }) => name));
  lastPorts = ports;
  const exits: ServiceExit[] = [];
  const deaths: Error[] = [];
  const services = await startServices({
    services: specs,
    ports,
    otlpUrl: 'http://127.0.0.1:4318',
    baseDir: fixtures,
    stopGraceNs: NS_PER_SEC / 2,
    clock: runsOn,
    onExit: (exit) => exits.push(exit),
    onGuardianDeath: (error) => deaths.push(error),
  });
  running.push(services);
  return { services, ports, exits, deaths };
}

/** What the ids are, taken before they are gone. */
function pidsOf(services: Services, names: readonly string[]): number[] {
  return names.map((name) => services.pid(name) ?? expect.fail(`${name} runs`));
}

/** Whether a process runs; a zombie, which waits only for its new parent to notice, does not. */
function isAlive(pid: number): boolean {
  return /^State:\s+[^ZX]/mu.test(statusOf(pid));
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/mu.exec(statusOf(pid))?.[1]);
}

function groupOf(pid: number): string | undefined {
  return /\) \S \d+ (\d+)/u.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (error) {
    expect(['ENOENT', 'ESRCH']).toContain((error as NodeJS.ErrnoException).code);
    return '';
  }
}

async function goneWithin(pids: readonly number[], withinNs: number): Promise<number[]> {
  const deadlineNs = clock.nowNs() + withinNs;
  while (pids.some(isAlive) && clock.nowNs() < deadlineNs) await sleep(clock, NS_PER_SEC / 50);
  return pids.filter(isAlive);
}

/** Returns the ids of the two children that such a service tells of. */
async function childrenOf(services: Services, name: string): Promise<number[]> {
  const children = [...(await services.lastOutput(name)).matchAll(/child (\d+)/gu)].map(([, pid]) =>
    Number(pid),
  );
  expect(children).toHaveLength(2);
  expect(children.every(isAlive)).toBe(true);
  return children;
}

describe.skipIf(process.platform !== 'linux')('services (reads /proc, so on Linux alone)', () => {
  it('are ready when they have started, told where to listen and where spans go', async () => {
    const { services, ports } = await started([service('well'), service('other')]);
    expect(new Set(ports.values()).size).toBe(2);
    const answer = await fetch(`http://127.0.0.1:${ports.get('well')}/`);
    expect(await answer.text()).toBe('http://127.0.0.1:4318');
    expect(await services.lastOutput('other')).toBe('other is up');
    const pids = pidsOf(services, ['well', 'other']);
    await services.stop();
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('are killed after the grace when they ignore TERM, with what they started', async () => {
    const { services } = await started([service('stubborn')]);
    const child = Number(/child (\d+)/u.exec(await services.lastOutput('stubborn'))?.[1]);
    const pids = [...pidsOf(services, ['stubborn']), child];
    expect(pids.every(isAlive)).toBe(true);
    await services.stop();
    expect(await goneWithin(pids, MOMENT_NS)).toEqual([]);
  });

  it('are gone with what they started in sessions of their own, and nothing else is', async () => {
    const { services } = await started([service('leaving')]);
    const { services: others } = await started([service('well')]);
    const children = await childrenOf(services, 'leaving');
    expect(children.map(groupOf)).toEqual(children.map(String));
    await services.stop();
    expect(await goneWithin(children, MOMENT_NS)).toEqual([]);
    expect(pidsOf(others, ['well']).every(isAlive)).toBe(true);
  });

  it('are gone so, too, when the guardian is killed', async () => {
    const { services } = await started([service('leaving')]);
    const children = await childrenOf(services, 'leaving');
    process.kill(parentOf(pidsOf(services, ['leaving'])[0] ?? 0), 'SIGKILL');
    expect(await goneWithin(children, MOMENT_NS)).toEqual([]);
  });

  it('tell of an end that nobody asked for, with the last output', async () => {
    const { services, ports, exits } = await started([service('well'), service('other')]);
    const answer = await fetch(`http://127.0.0.1:${ports.get('well')}/exit`).catch(String);
    expect(answer).toContain('fetch failed');
    const exit = { name: 'well', code: 4, signal: null, lastOutput: 'well is up' };
    await expect.poll(() => exits).toEqual([exit]);
    expect(services.pid('well')).toBeUndefined();
    await services.stop();
    expect(exits).toHaveLength(1);
  });

  it('are gone soon after a kill -9 of callgauge, and the guardian too', async () => {
    const parent = spawn(process.execPath, [join(fixtures, 'parent.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pids = JSON.parse(line.toString()) as number[];
    const guardian = parentOf(pids[0] ?? 0);
    expect([...pids, guardian].every(isAlive)).toBe(true);
    expect(parentOf(guardian)).toBe(parent.pid);
    parent.kill('SIGKILL');
    expect(await goneWithin([...pids, guardian], MOMENT_NS)).toEqual([]);
  });

  it('are gone, and callgauge is told, when the guardian is killed', async () => {
    const { services, deaths } = await started([service('well'), service('stubborn')]);
    const pids = pidsOf(services, ['well', 'stubborn']);
    process.kill(parentOf(pids[0] ?? 0), 'SIGKILL');
    expect(await goneWithin(pids, MOMENT_NS)).toEqual([]);
    const told = [expect.stringContaining('guardian')];
    await expect.poll(() => deaths.map(String)).toEqual(told);
  });

  it('get no signal that is sent to the process group of callgauge', async () => {
    const { services } = await started([service('well')]);
    const [pid = 0] = pidsOf(services, ['well']);
    expect(groupOf(pid)).toBe(String(pid));
    expect(groupOf(parentOf(pid))).not.toBe(groupOf(process.pid));
  });

  it('are ready by a line of their log, whatever they answer', async () => {
    const { services } = await started([
      service('unready', { ready: { by: 'log', pattern: '^unready is up' } }),
    ]);
    expect(services.pid('unready')).toBeGreaterThan(0);
  });
});

describe('the ports of services', () => {
  it('are none that the system hands out by itself, nor one that is taken', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `service ${i}`);
    const ports = [...(await allocatePorts(names)).values()];
    expect(new Set(ports).size).toBe(50);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(32_000);
    const taken = createServer().listen(Math.max(...ports) + 1, '127.0.0.1');
    await once(taken, 'listening');
    const others = [...(await allocatePorts(names)).values()];
    taken.close();
    expect(others).not.toContain(Math.max(...ports) + 1);
    expect(new Set(others).size).toBe(50);
  });
});

describe('a service that does not start', () => {
  it.each([
    [service('broken'), /broken ended with code 3 before it was ready.*no database at db:5432/su],
    [
      service('gone', { command: ['./no-such-program'] }),
      /gone cannot be started: there is no program at .*no-such-program/u,
    ],
  ])('fails with what it said, and stops the others: $name', async (bad, message) => {
    await expect(started([service('well'), bad])).rejects.toMatchObject({
      code: 'SERVICE_START_FAILED',
      message: expect.stringMatching(message),
    });
    await expectStopped('well');
  });

  it('fails where its time is up, with what it answered, and stops the others', async () => {
    // Its time begins when it answers, however long the machine takes to start it.
    let upAtNs = Infinity;
    const standing = { ...clock, nowNs: () => Math.max(0, clock.nowNs() - upAtNs) };
    const bad = service('unready', { readyWithinNs: NS_PER_SEC / 2 });
    const failing = expect(started([service('well'), bad], standing)).rejects.toMatchObject({
      code: 'SERVICE_START_FAILED',
      message: expect.stringMatching(
        /unready was not ready within 500 ms: GET \/ answers 503.*unready is up/su,
      ),
    });
    await expect.poll(() => statusFrom('unready'), { interval: 20 }).toBe(503);
    upAtNs = clock.nowNs();
    await failing;
    await expectStopped('well');
  });
});

async function statusFrom(name: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${lastPorts.get(name)}/`)).status;
}

async function expectStopped(name: string): Promise<void> {
  await expect(statusFrom(name)).rejects.toThrow('fetch failed');
}
