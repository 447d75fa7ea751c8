import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockHolder, releaseLock, takeLock } from '../../../src/store/local/lock-file.ts';
import { processMark, thisProcess } from '../../../src/core/index.ts';

let dir = '';
let lock = '';
const self = thisProcess();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'callgauge-lock-'));
  lock = join(dir, 'store.lock');
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a free lock is taken, held and released', () => {
  expect(takeLock(lock, self)).toBe(true);
  expect(lockHolder(lock)).toEqual(self);
  releaseLock(lock, self);
  expect(lockHolder(lock)).toBeUndefined();
  expect(readdirSync(dir)).toEqual([]);
});

test('the lock of a process that runs is not taken', () => {
  takeLock(lock, self);
  expect(takeLock(lock, self)).toBe(false);
  expect(lockHolder(lock)).toEqual(self);
});

test('the lock of a process that is gone is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  const pid = child.pid ?? 0;
  const mark = processMark(pid) ?? '';
  await new Promise((resolve) => {
    child.on('exit', resolve);
  });
  writeFileSync(lock, JSON.stringify({ pid, mark }));
  expect(lockHolder(lock)).toBeUndefined();
  expect(takeLock(lock, self)).toBe(true);
  expect(readdirSync(dir)).toEqual(['store.lock']);
});

test('a lock whose pid now belongs to another process is taken over', () => {
  writeFileSync(lock, JSON.stringify({ pid: process.pid, mark: 'an earlier process' }));
  expect(takeLock(lock, self)).toBe(true);
});

test('a lock that makes no sense is taken over', () => {
  for (const text of ['', '{', 'null', '{"pid":"1"}']) {
    writeFileSync(lock, text);
    expect(takeLock(lock, self), text).toBe(true);
    releaseLock(lock, self);
  }
});

test("only the holder's own lock is released", () => {
  takeLock(lock, self);
  releaseLock(lock, { pid: self.pid, mark: 'another' });
  expect(existsSync(lock)).toBe(true);
  expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual(self);
});
