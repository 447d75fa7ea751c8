import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { processText, type RunRecord } from '../../src/core/index.ts';
import { withFate } from '../../src/store/run-fate.ts';
import { runRecord } from '../analyze/memory-source.ts';

const HOUR_MS = 3_600_000;

function running(environment: RunRecord['environment']): RunRecord {
  return runRecord({ status: 'running', endedEpochMs: 0, environment });
}

/** The planned end is 35 s after the start. */
function fateOf(run: RunRecord, afterMs: number, isAlive: boolean): string {
  return withFate(run, run.startedEpochMs + afterMs, () => isAlive).status;
}

test('a run whose process is gone was killed, however short ago', () => {
  const run = running({ host: hostname(), process: processText({ pid: 7, mark: 'boot:12 a' }) });
  expect(fateOf(run, 1_000, false)).toBe('unfinished');
  expect(fateOf(run, 100 * HOUR_MS, true)).toBe('running');
  const asked: unknown[] = [];
  withFate(run, 0, (process) => asked.push(process) > 0);
  expect(asked).toEqual([{ pid: 7, mark: 'boot:12 a' }]);
});

test('a run of another host, or of before, is judged by its planned end', () => {
  const elsewhere = running({ host: 'elsewhere', process: '7 boot:12' });
  for (const run of [elsewhere, running({}), running({ host: hostname(), process: '7 ' })]) {
    expect(fateOf(run, 35_000 + HOUR_MS, false)).toBe('running');
    expect(fateOf(run, 35_001 + HOUR_MS, true)).toBe('unfinished');
  }
});

test('a run that has ended stays what it is', () => {
  for (const status of ['complete', 'partial'] as const) {
    expect(fateOf(runRecord({ status }), 100 * HOUR_MS, false)).toBe(status);
  }
});
