import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { NS_PER_SEC } from '../../src/core/index.ts';
import {
  allocatePorts,
  startServices,
  type ServiceExit,
  type Services,
} from '../../src/processes/index.ts';
import type { ServiceSpec } from '../../src/scenario/index.ts';

const fixtures = join(import.meta.dirname, '../processes/fixtures');
/** Seconds that a crowded machine may need; a test that passes does not wait for them. */
const WITHIN = { timeout: 60_000 };
/** Short, for those that ignore TERM. */
const STOP_GRACE_NS = NS_PER_SEC / 2;
const running: Services[] = [];
const others: ChildProcess[] = [];

afterEach(async () => {
  for (const services of running.splice(0)) await services.stop();
  for (const other of others.splice(0)) other.kill('SIGKILL');
});

function service(name: string): ServiceSpec {
  const command = ['node', 'service.ts', name];
  return {
    name,
    command,
    cwd: '.',
    env: {},
    ready: { by: 'http', path: '/' },
    readyWithinNs: 60e9,
  };
}

async function started(names: readonly string[], foreignPids: readonly number[] = []) {
  const ports = await allocatePorts(names);
  const exits: ServiceExit[] = [];
  const services = await startServices({
    services: names.map(service),
    signalled: true,
    stopGraceNs: STOP_GRACE_NS,
    foreignPids,
    ports,
    otlpUrl: 'http://127.0.0.1:4318',
    baseDir: fixtures,
    onExit: (exit) => exits.push(exit),
    onGuardianDeath: () => undefined,
  });
  running.push(services);
  const get = (name: string, timeoutMs = 60_000): Promise<number> =>
    fetch(`http://127.0.0.1:${ports.get(name)}/`, { signal: AbortSignal.timeout(timeoutMs) }).then(
      (answer) => answer.status,
    );
  return { services, exits, get };
}

/** A process that is not callgauge's. */
async function stranger(): Promise<number> {
  const other = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1e9)"]);
  others.push(other);
  await once(other.stdout, 'data');
  return other.pid ?? expect.fail('it was spawned');
}

/** R or S: it runs; T: it is stopped; Z or '': it is gone. */
function stateOf(pid: number | undefined): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^State:\s+(\S)/mu.exec(status)?.[1] ?? '';
  } catch {
    return '';
  }
}

/** What started a process; itself where nothing of ours did. */
function ancestorOf(pid: number): number {
  const parent = Number(/^PPid:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return parent > 1 ? parent : pid;
}

describe.skipIf(process.platform !== 'linux')(
  'faults of services (reads /proc, so on Linux)',
  () => {
    it('pause a service with all of its group, and let it go on', async () => {
      const { services, get } = await started(['stubborn']);
      const child = Number(/child (\d+)/u.exec(await services.lastOutput('stubborn'))?.[1]);
      const pids = [services.pid('stubborn'), child];
      await services.pause({ service: 'stubborn' });
      await expect.poll(() => pids.map(stateOf), WITHIN).toEqual(['T', 'T']);
      await expect(get('stubborn', 500)).rejects.toThrow('timeout');
      await services.resume({ service: 'stubborn' });
      expect(await get('stubborn')).toBe(200);
      expect(pids.map(stateOf)).not.toContain('T');
    });

    it('kill a service without telling it as an exit, and start it again on its port', async () => {
      const { services, exits, get } = await started(['well', 'stubborn']);
      const [before, other] = [services.pid('well'), services.pid('stubborn')];
      await services.kill({ service: 'well' }, 'SIGKILL');
      await expect.poll(() => stateOf(before), WITHIN).toMatch(/^Z?$/u);
      await expect(get('well')).rejects.toThrow('fetch failed');
      await services.restart('well');
      expect(await get('well')).toBe(200);
      expect(services.pid('well')).not.toBe(before);
      expect(services.pid('stubborn')).toBe(other);
      expect(exits).toEqual([]);
    });

    it('start again what heard the signal and did not end', async () => {
      const { services, get } = await started(['stubborn']);
      const before = services.pid('stubborn');
      await services.kill({ service: 'stubborn' }, 'SIGTERM');
      expect(await get('stubborn')).toBe(200);
      await services.restart('stubborn');
      expect(stateOf(before)).toMatch(/^Z?$/u);
      expect(await get('stubborn')).toBe(200);
    });

    it('are not awaited any more once the run is over', async () => {
      const { services, exits } = await started(['well']);
      await services.kill({ service: 'well' }, 'SIGSTOP');
      services.endRestarts();
      await expect(services.restart('well')).resolves.toHaveProperty('atEpochMs');
      expect(exits).toEqual([]);
    });

    it('tell of an exit after a restart that nobody asked for', async () => {
      const { services, exits } = await started(['well']);
      await services.kill({ service: 'well' }, 'SIGTERM');
      await services.restart('well');
      process.kill(services.pid('well') ?? expect.fail('it runs'), 'SIGKILL');
      await expect.poll(() => exits.map(({ signal }) => signal), WITHIN).toEqual(['SIGKILL']);
    });

    it('cannot act on a service that has ended, and say so', async () => {
      const { services } = await started(['well']);
      process.kill(services.pid('well') ?? expect.fail('it runs'), 'SIGKILL');
      await expect.poll(() => services.pid('well'), WITHIN).toBeUndefined();
      await expect(services.pause({ service: 'well' })).rejects.toMatchObject({
        code: 'PROCESS_UNUSABLE',
        message: 'service well does not run any more',
      });
      await expect(services.resume({ service: 'well' })).resolves.toBeDefined();
    });

    it('leave nothing behind of a service that is paused when the run ends', async () => {
      const { services } = await started(['well']);
      const pid = services.pid('well');
      await services.pause({ service: 'well' });
      const output = services.lastOutput('well');
      await services.stop();
      expect(stateOf(pid)).toMatch(/^Z?$/u);
      expect(await output).toBe('well is up');
    });
  },
);

describe.skipIf(process.platform !== 'linux')('faults of other processes (on Linux)', () => {
  it('pause one and let it go on, and again when the run ends before that', async () => {
    const pid = await stranger();
    const { services } = await started([], [pid]);
    await services.pause({ pid });
    await expect.poll(() => stateOf(pid), WITHIN).toBe('T');
    await services.resume({ pid });
    await expect.poll(() => stateOf(pid), WITHIN).toBe('S');
    await services.pause({ pid });
    await services.stop();
    await expect.poll(() => stateOf(pid), WITHIN).toBe('S');
  });

  it('let it go on when callgauge is killed', async () => {
    const pid = await stranger();
    const parent = spawn(process.execPath, [join(fixtures, 'pausing-parent.ts'), String(pid)]);
    await once(parent.stdout, 'data');
    await expect.poll(() => stateOf(pid), WITHIN).toBe('T');
    parent.kill('SIGKILL');
    await expect.poll(() => stateOf(pid), WITHIN).toBe('S');
  });

  it('kill one, and cannot do so twice', async () => {
    const pid = await stranger();
    const { services } = await started([], [pid]);
    await services.kill({ pid }, 'SIGTERM');
    await expect.poll(() => stateOf(pid), WITHIN).toMatch(/^Z?$/u);
    await expect(services.pause({ pid })).rejects.toMatchObject({ code: 'PROCESS_UNUSABLE' });
  });

  it.each([
    ['callgauge itself', () => process.pid, /is callgauge itself or what started it/u],
    ['what started it', () => process.ppid, /is callgauge itself or what started it/u],
    [
      'what started that',
      () => ancestorOf(process.ppid),
      /is callgauge itself or what started it/u,
    ],
    ['one that is not there', () => 2 ** 22 + 1, /^no process has the id \d+$/u],
  ])('refuse %s before anything is started', async (_, pid, message) => {
    await expect(started(['well'], [pid()])).rejects.toMatchObject({
      code: 'PROCESS_UNUSABLE',
      message: expect.stringMatching(message),
    });
  });
});
