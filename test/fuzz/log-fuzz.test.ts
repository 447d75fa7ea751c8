import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readArrivalFile } from '../../src/replay/index.ts';
import { NO_OPTIONS, readTextLine } from '../../src/replay/text-line.ts';
import { bytesOf, fuzzCount, holdBounds, FUZZ_SEED } from './hold-bounds.ts';
import { LOG } from './corpora.ts';
import { mutated } from './mutation.ts';

const LINES = fuzzCount(2_000);
/** Each opens a file three times. */
const FILES = Math.ceil(LINES / 20);
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it(
  `reads or refuses ${FILES} damaged access logs (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + FILES * 100 },
  async () => {
    let isBadSkipped = false;
    const path = join(folder, 'list');
    const { read, refused } = await holdBounds(FILES, {
      name: 'access logs',
      make: (draw) => {
        isBadSkipped = draw.chance(0.7);
        return mutated(LOG, draw);
      },
      read: (input) => {
        writeFileSync(path, bytesOf(input));
        return readArrivalFile(path, {
          ...NO_OPTIONS,
          format: 'auto',
          timeOf: undefined,
          skipBadLines: isBadSkipped,
          wantsRequest: true,
        });
      },
    });
    expect(read).toBeGreaterThan(FILES / 10);
    expect(refused).toBeGreaterThan(FILES / 10);
  },
);

it(
  `says of ${LINES} damaged lines what they are, or what is wrong with them (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + LINES * 10 },
  async () => {
    let known = 0;
    await holdBounds(LINES, {
      name: 'lines of access logs',
      make: (draw) => mutated(LOG, draw).replaceAll('\n', ' '),
      read: (line) => {
        const reading = readTextLine(line, NO_OPTIONS);
        if ('problem' in reading) expect(reading.problem).toMatch(/^must /u);
        else known++;
      },
    });
    expect(known).toBeGreaterThan(LINES / 10);
    expect(known).toBeLessThan(LINES);
  },
);
