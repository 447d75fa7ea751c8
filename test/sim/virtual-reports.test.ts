import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectGolden } from '../golden/golden.ts';
import { reportSummary } from './report-summary.ts';
import { virtualReport } from './virtual-report.ts';

const root = join(import.meta.dirname, '../..');
const files = ['scenarios', 'test/sim/scenarios'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(folder, file)),
);

/**
 * What `--json` says of a run from the same seed must not change by a change of the code's form. A
 * golden holds the report's hash, and of its numbers those in which a difference can be understood.
 */
describe('the --json report of a virtual run', () => {
  it.each(files)('%s', { timeout: 300_000 }, async (file) => {
    const { json, calls, callsSha256 } = await virtualReport(join(root, file));
    const summary = {
      reportSha256: createHash('sha256').update(json).digest('hex'),
      calls,
      callsSha256,
      ...reportSummary(json),
    };
    const text = `${JSON.stringify(summary, null, 1)}\n`.replaceAll(/\[[^[\]{}]*\]/gu, (list) =>
      list.replaceAll(/\s+/gu, ' '),
    );
    expect(text.split('\n').length).toBeLessThan(200);
    expectGolden(`virtual-reports/${basename(file, '.yaml')}`, text);
  });
});
