import { describe, expect, it } from 'vitest';
import { reportDocument } from '../../src/report/report-document.ts';
import type { Block, Row } from '../../src/report/section.ts';
import { USUAL_THRESHOLDS } from '../gate/threshold-specs.ts';
import { composeReport, composeSearchReport } from './compose.ts';
import { policyRun } from './policy-run.ts';
import { stoppedRun, thinRun, troubledRun } from './sample-runs.ts';

describe('a report as data', () => {
  it('has sections in the order of reading, and none without content', async () => {
    const titles = async (...given: Parameters<typeof composeReport>): Promise<string[]> =>
      reportDocument(await composeReport(...given)).sections.map(({ title }) => title);
    expect(await titles(troubledRun(), USUAL_THRESHOLDS)).toEqual([
      'Thresholds',
      'create-order → orders',
      'Errors',
      'Failed connects',
      'Generator',
      'Fault windows',
      'Recommended timeouts',
      'Slowest calls',
    ]);
    expect(await titles(thinRun(), [])).not.toContain('Thresholds');
    expect((await titles(policyRun(), [])).slice(0, 3)).toEqual([
      'create-order → orders',
      'look → orders',
      'Policies',
    ]);
  });

  it('holds quantities with their units, not numbers that were written out', async () => {
    const { sections } = reportDocument(await composeReport(troubledRun(), USUAL_THRESHOLDS));
    const step = sections.find(({ title }) => title === 'create-order → orders');
    const kinds = step?.blocks.flatMap(rowsOf).flatMap((row) => row.map(({ kind }) => kind));
    for (const kind of ['count', 'rate', 'ratio', 'duration', 'interval']) {
      expect(kinds).toContain(kind);
    }
  });

  it('says of no span that it is stored where the run is not', async () => {
    const report = await composeReport(troubledRun(), []);
    const notStored = { reason: 'no space left', spool: '' };
    const spansOf = (given: typeof report): string | undefined =>
      textsIn(reportDocument(given)).find((text) => text.includes(' of services '));
    expect(spansOf(report)).toMatch(/of services stored, [\d,]+ dropped$/u);
    expect(spansOf({ ...report, notStored })).toMatch(/of services kept for this report, /u);
  });

  it('holds nothing of how it is set: no colour, no padding, no line break', async () => {
    const reports = [
      await composeReport(troubledRun(), USUAL_THRESHOLDS),
      await composeReport(stoppedRun(), USUAL_THRESHOLDS),
      await composeSearchReport(),
      await composeReport(policyRun(), []),
    ];
    const texts = reports.flatMap((report) => textsIn(reportDocument(report)));
    expect(texts.length).toBeGreaterThan(100);
    // oxlint-disable-next-line no-control-regex -- a colour is a control sequence
    expect(texts.filter((text) => /^\s|\s$|[\n\u001b]/u.test(text))).toEqual([]);
  });

  it('is plain data: it survives being written as JSON', async () => {
    const document = reportDocument(await composeReport(troubledRun(), USUAL_THRESHOLDS));
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

function rowsOf(block: Block): readonly Row[] {
  if (block.kind === 'table') return block.rows;
  if (block.kind === 'chart') return [];
  return block.kind === 'note' ? block.facts : block.entries.map(({ value }) => [value]);
}

/** Every text in a piece of plain data. */
function textsIn(data: unknown): readonly string[] {
  if (typeof data === 'string') return [data];
  return typeof data === 'object' && data !== null ? Object.values(data).flatMap(textsIn) : [];
}
