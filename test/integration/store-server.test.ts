import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, processMark, sleep, systemClock } from '../../src/core/index.ts';
import {
  connectStore,
  openLocalStore,
  serverStatus,
  startKeptServer,
  stopServer,
} from '../../src/store/index.ts';
import { freshFolder } from './local-store.ts';

const clock = systemClock();
const HOLDER = fileURLToPath(new URL('../store/lease-holder.ts', import.meta.url));

let folder = freshFolder();
let dir = folder.dir;

beforeEach(() => {
  folder = freshFolder();
  dir = folder.dir;
});

afterEach(async () => {
  await stopServer({ dir });
  folder.remove();
});

async function pidOf(dirOfServer: string): Promise<number> {
  const status = await serverStatus({ dir: dirOfServer });
  return status.running ? status.pid : 0;
}

function exists(pid: number): boolean {
  return processMark(pid) !== undefined;
}

/**
 * Resolves when the process is gone, in a second or two, or what a crowded machine makes of them.
 */
async function gone(pid: number): Promise<void> {
  await expect.poll(() => exists(pid), { interval: 10 }).toBe(false);
}

/** Starts another process that holds a lease; returns it and the URL that it got. */
async function anotherCommand(): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [HOLDER, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, url: line.toString().trim() };
}

test('a server starts, answers, and is gone when the only command releases it', async () => {
  const local = await openLocalStore({ dir });
  const pid = await pidOf(dir);
  const connection = await connectStore(local);
  expect(connection.version).toMatch(/^\d+\.\d+/u);
  // The folder lies in the user's project, and is no part of it.
  expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toBe('*\n');
  await connection.close();
  await local.release();
  expect(exists(pid)).toBe(false);
  expect(existsSync(join(dir, 'store.json'))).toBe(false);
  expect(existsSync(join(dir, 'store.lock'))).toBe(false);
  expect(await serverStatus({ dir })).toEqual({ running: false, dir });
});

test('only the owner can read how to reach it', async () => {
  const local = await openLocalStore({ dir });
  expect(statSync(join(dir, 'store.json')).mode & 0o777).toBe(0o600);
  expect(statSync(join(dir, 'store', 'config', 'users.xml')).mode & 0o777).toBe(0o600);
  await local.release();
});

test('a password stays the same over restarts, so that a data source stays valid', async () => {
  const first = await openLocalStore({ dir });
  await first.release();
  const second = await openLocalStore({ dir });
  await second.release();
  expect(second.password).toBe(first.password);
  expect(first.password).toMatch(/^[0-9a-f]{48}$/u);
});

test('commands that start at the same time share one server, the last one ends it', async () => {
  const [a, b, other] = await Promise.all([
    openLocalStore({ dir }),
    openLocalStore({ dir }),
    anotherCommand(),
  ]);
  const pid = await pidOf(dir);
  expect(new Set([a.url, b.url, other.url]).size).toBe(1);
  await a.release();
  await a.release();
  other.process.kill('SIGKILL');
  await sleep(clock, 1_500 * NS_PER_MS);
  expect(exists(pid)).toBe(true);
  await b.release();
  expect(exists(pid)).toBe(false);
});

test('a command that is killed leaves no server behind', async () => {
  const other = await anotherCommand();
  const pid = await pidOf(dir);
  other.process.kill('SIGKILL');
  await gone(pid);
});

test('SIGTERM stops it cleanly, and the next start works', async () => {
  const local = await openLocalStore({ dir });
  const pid = await pidOf(dir);
  process.kill(pid, 'SIGTERM');
  await gone(pid);
  expect(readFileSync(join(dir, 'store.log'), 'utf8')).toMatch(/stopping: SIGTERM[^]*stopped\n$/u);
  await local.release();
  await (await openLocalStore({ dir })).release();
});

test('a stale lock and a stale record of a killed server are in nobody’s way', async () => {
  const local = await openLocalStore({ dir });
  const pid = await pidOf(dir);
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  expect(existsSync(join(dir, 'store.lock'))).toBe(true);
  expect(await serverStatus({ dir })).toMatchObject({ running: false });
  const next = await openLocalStore({ dir });
  await next.release();
  await local.release();
});

test('a kept server stays without leases until it is stopped', async () => {
  const started = await startKeptServer({ dir, idleNs: 60 * NS_PER_SEC });
  expect(started).toMatchObject({ running: true, kept: true, leases: 0, idleNs: 60 * NS_PER_SEC });
  const local = await openLocalStore({ dir });
  expect(await stopServer({ dir })).toEqual({ kind: 'in-use', leases: 1 });
  await startKeptServer({ dir });
  await local.release();
  const pid = await pidOf(dir);
  expect(exists(pid)).toBe(true);
  expect(await stopServer({ dir })).toEqual({ kind: 'stopped' });
  expect(exists(pid)).toBe(false);
  expect(await stopServer({ dir })).toEqual({ kind: 'not-running' });
});

test('a kept server goes when it was idle', async () => {
  await startKeptServer({ dir, idleNs: 300 * NS_PER_MS });
  const pid = await pidOf(dir);
  await gone(pid);
});

test('a port that is taken and a folder that is none are told at once, with the reason', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const httpPort = (squatter.address() as AddressInfo).port;
  await expect(startKeptServer({ dir, httpPort })).rejects.toMatchObject({
    code: 'STORE_START_FAILED',
    message: expect.stringContaining('Address already in use'),
    hint: expect.stringContaining('docker compose'),
  });
  squatter.close();
  writeFileSync(join(dir, 'file'), '');
  await expect(openLocalStore({ dir: join(dir, 'file') })).rejects.toMatchObject({
    code: 'STORE_START_FAILED',
  });
});
