import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LOAD_FILE, type RunRecord } from '../../../src/core/index.ts';
import { scenarioOfRun } from '../../../src/run/verify/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'callgauge-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TEXT = `name: shop
targets: { api: { url: "http://127.0.0.1:80" } }
flows: { look: [{ step: home, target: api, http: { path: / } }] }
load: [{ phase: main, for: 1s, arrivals: { rate: 1/s } }]
`;

function recordOf(file: string): RunRecord {
  return {
    ...{ runId: '6920b6a75d1f3c09', scenario: 'shop', startedEpochMs: 0, endedEpochMs: 0 },
    ...{ status: 'complete', seed: 1, phases: [], source: TEXT, plan: '', verdict: '' },
    ...{ harnessVersion: '0.0.0', environment: { file } },
  };
}

function fileWith(text: string): string {
  const file = join(folder, 'shop.yaml');
  writeFileSync(file, text);
  return file;
}

describe('the scenario of a stored run', () => {
  it('is its own, and where its file is another by now, that is said', async () => {
    const notes: string[] = [];
    const read = async (file: string) =>
      scenarioOfRun(recordOf(file), { isOwnStore: true, note: (text) => void notes.push(text) });
    expect((await read(fileWith(TEXT))).source.text).toBe(TEXT);
    expect(notes).toEqual([]);
    expect((await read(fileWith('name: other'))).name).toBe('shop');
    expect((await read(join(folder, 'gone.yaml'))).name).toBe('shop');
    expect((await read(LOAD_FILE)).name).toBe('shop');
    expect(notes).toEqual([
      expect.stringContaining('shop.yaml has changed since run 6920b6a75d1f3c09'),
      expect.stringContaining('gone.yaml is not here'),
    ]);
  });

  it('out of a shared store is carried out only where its file says the same', async () => {
    const options = { isOwnStore: false, note: () => undefined };
    expect((await scenarioOfRun(recordOf(fileWith(TEXT)), options)).name).toBe('shop');
    for (const file of [fileWith('name: other'), join(folder, 'gone.yaml'), LOAD_FILE]) {
      await expect(scenarioOfRun(recordOf(file), options)).rejects.toMatchObject({
        code: 'RUN_UNSUITABLE',
      });
    }
  });
});
