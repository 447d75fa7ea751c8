import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { printBaseline } from '../../../src/compare/index.ts';
import { recordedBaseline } from '../../../src/run/stored/recorded-baseline.ts';
import { baselineFor } from '../../../src/run/stored/stored-comparison.ts';
import { whyNoBaseline, type ComparedStore } from '../../../src/run/stored/stored-digest.ts';
import { runRecord } from '../../analyze/memory-source.ts';
import { comparisonReport } from '../../report/comparison/comparison-reports.ts';

/** A store that has run 6921, held against so much. */
function storeWith(baseline: string | undefined): ComparedStore {
  const record = runRecord();
  const environment = { ...record.environment, ...(baseline !== undefined && { baseline }) };
  const run = (id: string) =>
    Promise.resolve(id === '6921' ? { ...record, environment } : undefined);
  return { source: { run }, description: '' } as unknown as ComparedStore;
}

it('is the file that the run was held against', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-baseline-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'baseline.json');
  const { digest } = comparisonReport(1).before;
  writeFileSync(file, printBaseline(digest));
  const found = await recordedBaseline(storeWith(file), '6921');
  expect(found).toMatchObject({ name: file, word: file, digest: { runId: digest.runId } });
});

it('is kept by a name that holds in any folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-baseline-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'baseline.json');
  writeFileSync(file, printBaseline(comparisonReport(1).before.digest));
  const typed = relative('', file);
  expect(await baselineFor(storeWith(undefined), typed)).toMatchObject({ name: typed, word: file });
});

it.each([
  [{ invalid: [], partial: false, isAborted: false }, undefined],
  [{ invalid: ['it was late'], partial: true, isAborted: false }, 'it is invalid: it was late'],
  [{ invalid: [], partial: true, isAborted: false }, 'it was stopped early'],
  [{ invalid: [], partial: false, isAborted: true }, 'a threshold that failed ended it early'],
])('a run %j is no baseline for: %s', (stored, reason) => {
  expect(whyNoBaseline(stored)).toBe(reason);
});

it('is told to be lost where the file is gone', async () => {
  const lost = 'its baseline ./gone/baseline.json is not there any more';
  expect(await recordedBaseline(storeWith('./gone/baseline.json'), '6921')).toEqual({ lost });
});

it('is nothing where the run was held against nothing, or is not stored', async () => {
  expect(await recordedBaseline(storeWith(undefined), '6921')).toBeUndefined();
  expect(await recordedBaseline(storeWith('baseline.json'), '7000')).toBeUndefined();
});
