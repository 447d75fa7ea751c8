import { expect, test } from 'vitest';
import { ancestorPids, isRunning, processMark, thisProcess } from '../../src/core/index.ts';

test('a running process is known from another with its pid', () => {
  const self = thisProcess();
  expect(isRunning(self)).toBe(true);
  expect(isRunning({ pid: self.pid, mark: 'another' })).toBe(false);
});

test('what is no process has no mark', () => {
  expect(processMark(0)).toBeUndefined();
  expect(processMark(-1)).toBeUndefined();
  expect(processMark(2 ** 30)).toBeUndefined();
});

test('the ancestors of a process begin with what started it, and are without itself', () => {
  expect(ancestorPids()[0]).toBe(process.ppid);
  expect(ancestorPids()).not.toContain(process.pid);
});
