import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { RunRecord } from '../../src/core/index.ts';
import { callgauge } from '../cli/callgauge-process.ts';
import { runsOfLevels } from '../compare/history-runs.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;
const folder = mkdtempSync(join(tmpdir(), 'callgauge-compare-'));
const BASELINE = join(folder, 'baseline.json');

/** a: 20 ms; b: 20 ms; c: 24 ms; d: stopped early. */
beforeAll(async () => {
  fresh = await freshStore();
  await store('a', 20);
  await store('b', 20);
  await store('c', 24);
  await store('d', 20, { status: 'partial' });
  const { code, out } = await command('baseline', 'aaaa');
  expect(code).toBe(0);
  writeFileSync(BASELINE, out);
});

afterAll(async () => {
  await fresh?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function store(digit: string, ms: number, changes: Partial<RunRecord> = {}): Promise<void> {
  const runId = digit.repeat(16);
  const [stored] = runsOfLevels([ms], () => ({ runId, plan: PLAN, ...changes }));
  if (stored === undefined) throw new Error('a run');
  await fresh.store.sink.writeRun(stored.run);
  await fresh.store.sink.writeHistograms(runId, stored.seconds);
  const counters = stored.seconds.map(({ second }) => ({
    second,
    phase: 'steady',
    step: '',
    counter: 'arrivals' as const,
    value: 100,
  }));
  await fresh.store.sink.writeCounters(runId, counters);
}

const PLAN = JSON.stringify({
  version: 1,
  seed: 1,
  phases: [],
  thresholds: [],
  tags: {},
  wantedArrivals: {},
  targets: [],
});

function command(...args: readonly string[]) {
  return callgauge([...args, '--dir', fresh.dir]);
}

describe('the exit codes of compare', () => {
  it.each([
    ['aaaa', 'bbbb', 0, 'pass'],
    ['aaaa', 'cccc', 120, 'regression'],
    ['cccc', 'aaaa', 0, 'improvement'],
    [BASELINE, 'bbbb', 0, 'pass'],
    [BASELINE, 'cccc', 120, 'regression'],
    [BASELINE, BASELINE, 0, 'pass'],
    ['aaaa', 'dddd', 122, 'invalid'],
  ])('%s and %s: %d', async (before, after, code, verdict) => {
    const ended = await command('compare', before, after, '--json');
    expect({ code: ended.code, err: ended.err }).toEqual({ code, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ version: 1, verdict });
  });

  it('is undecided where the change that counts is smaller than what the runs can show', async () => {
    const small = ['--min-change', '0.01%', '--min-difference', '1ns'];
    const ended = await command('compare', 'aaaa', 'bbbb', ...small, '--markdown');
    expect(ended.code).toBe(121);
    expect(ended.out).toContain('# comparison of checkout: inconclusive');
  });

  it.each([
    [['compare', 'aaaa'], 104, "missing required argument 'after'"],
    [['compare', 'aaaa', 'ffff'], 110, 'that begins with ffff'],
    [['compare', 'aaaa', './none.json'], 110, 'callgauge baseline RUN > ./none.json'],
    [['compare', 'aaaa', 'bbbb', '--min-change', '5'], 104, 'Write --min-change 5%, say'],
    [['baseline', 'dddd'], 110, 'was stopped early'],
  ])('%j: %d', async (args, code, text) => {
    const ended = await command(...args);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(text);
  });

  it('refuses a baseline of another version, and says what to do', async () => {
    const file = join(folder, 'newer.json');
    writeFileSync(file, readFileSync(BASELINE, 'utf8').replace('"version": 1', '"version": 2'));
    const ended = await command('compare', file, 'aaaa');
    expect(ended.code).toBe(110);
    expect(ended.err).toContain('has version 2, and this callgauge reads version 1');
    expect(ended.err).toContain('or a newer one');
  });
});

it('makes a baseline that is small and names no host', () => {
  const text = readFileSync(BASELINE, 'utf8');
  expect(text.length).toBeLessThan(10_000);
  expect(text).not.toMatch(/host|127\.0\.0\.1|\/home/u);
});
