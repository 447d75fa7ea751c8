import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { stepSummary } from '../../../src/cli/outputs/step-summary.ts';
import { Workplace } from '../callgauge-process.ts';

const place = new Workplace();
afterAll(() => place.remove());

const BYTES_MAX = 1_048_576;

it('adds to what is there, apart from it', () => {
  expect(stepSummary('# a\n', join(place.folder, 'none'))).toBe('# a\n');
  expect(stepSummary('# b\n', place.file('some', 'before'))).toBe('\n# b\n');
});

it('cuts what GitHub would refuse, at the end of a line, and says so', () => {
  const there = place.file('much', 'x'.repeat(BYTES_MAX - 2_000));
  const long = 'a line of → words\n'.repeat(1_000);
  const added = stepSummary(long, there);
  expect(Buffer.byteLength(added)).toBeLessThanOrEqual(2_000);
  expect(added).toMatch(
    /^\n(?:a line of → words\n)+a line of → words\n\n\*\*The report is longer/u,
  );
  expect(stepSummary(long, place.file('full', 'x'.repeat(BYTES_MAX)))).toBe('');
});
