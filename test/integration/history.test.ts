import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callgauge } from '../cli/callgauge-process.ts';
import { runsOfLevels } from '../compare/history-runs.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;

/** Ten runs of `steady`, 16 of `worse` of which the last four are slower, four of `few`. */
beforeAll(async () => {
  fresh = await freshStore();
  const same = (ms: number, runs: number): readonly number[] =>
    Array.from({ length: runs }, () => ms);
  await store('a', 'steady', same(20, 10));
  await store('b', 'worse', [...same(20, 12), ...same(24, 4)]);
  await store('c', 'few', same(20, 4));
});

afterAll(() => fresh?.close());

async function store(digit: string, scenario: string, levelsMs: readonly number[]): Promise<void> {
  const environment = (cores: string) => ({ platform: 'linux-x64', cores, host: 'here' });
  const runs = runsOfLevels([...levelsMs, 90, 90], (index) => ({
    scenario,
    runId: `${digit}${index.toString(16).padStart(15, '0')}`,
    environment: environment(index === 0 ? '64' : '2'),
    ...(index === levelsMs.length ? { status: 'partial' } : {}),
    ...(index === levelsMs.length + 1 ? { verdict: 'invalid' } : {}),
  }));
  for (const { run, seconds } of runs) {
    await fresh.store.sink.writeRun(run);
    await fresh.store.sink.writeHistograms(run.runId, seconds);
  }
}

function command(...args: readonly string[]) {
  return callgauge([...args, '--dir', fresh.dir]);
}

describe('the exit codes of gate --history', () => {
  it.each([
    ['steady', ['--any-machine'], 0, 'steady'],
    ['worse', [], 120, 'worse in the last 10 runs'],
    ['worse', ['--fresh', '3'], 0, 'steady'],
    ['worse', ['--min-change', '50%'], 0, 'steady'],
    ['few', [], 121, 'too few runs'],
    // One run was made on another machine.
    ['steady', [], 121, 'too few runs'],
  ])('%s %j: %d', async (scenario, options, code, verdict) => {
    const ended = await command('gate', '--history', scenario, '--measure', 'p50', ...options);
    expect(ended).toMatchObject({ code, err: '' });
    expect(ended.out.split('\n')[0]).toContain(verdict);
  });

  it.each([
    [['gate'], 104, "required option '--history [scenario]'"],
    [['gate', '--history', 'worze'], 110, 'did you mean "worse"?'],
    [['gate', '--history', 'worse', '--measure', 'p98'], 104, 'did you mean "p90"?'],
    [['history', 'worse', '--step', 'create-orders'], 104, 'did you mean "create-order"?'],
    [['history', 'worse', '--min-change', '5'], 104, 'Write --min-change 5%, say'],
    [['history', 'worse', '--fresh', '0'], 104, '--fresh must be a whole number > 0, got 0'],
  ])('%j: %d', async (args, code, text) => {
    const ended = await command(...args);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(text);
  });
});

it('history shows the same, ends well, and says which runs do not count', async () => {
  const { code, out } = await command('history', 'worse', '--measure', 'p50', '--json');
  expect(code).toBe(0);
  const json: unknown = JSON.parse(out);
  expect(json).toMatchObject({
    scenario: 'worse',
    verdict: 'regression',
    runCount: 15,
    leftOut: expect.arrayContaining([
      { reason: 'stopped, or still under way', count: 1 },
      { reason: 'invalid: the generator was the cause of what they measured', count: 1 },
      { reason: 'made elsewhere: cores 64, not 2', count: 1 },
    ]),
    series: [
      {
        changes: [{ lastRunBefore: 'b00000000000000b', firstRunAfter: 'b00000000000000c' }],
      },
    ],
  });
  const markdown = await command('history', 'worse', '--markdown');
  expect(markdown.out).toContain('# history of worse: worse in the last 10 runs');
});
