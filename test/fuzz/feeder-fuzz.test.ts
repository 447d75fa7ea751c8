import { expect, it } from 'vitest';
import { csvRows } from '../../src/flow/csv-rows.ts';
import { jsonLineRows } from '../../src/flow/json-line-rows.ts';
import { fuzzCount, holdBounds, FUZZ_SEED } from './hold-bounds.ts';
import { CSV, JSON_LINES } from './corpora.ts';
import { mutated } from './mutation.ts';

const COUNT = fuzzCount(1_000);
it.each([
  ['CSV', CSV, csvRows],
  ['JSON lines', JSON_LINES, jsonLineRows],
] as const)(
  `reads or refuses ${COUNT} damaged feeders of %s, with file and line (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + COUNT * 20 },
  async (name, mutations, rowsOf) => {
    const { read, refused } = await holdBounds(COUNT, {
      name,
      make: (draw) => mutated(mutations, draw),
      read: (input) => {
        try {
          return rowsOf(input, 'users');
        } catch (error) {
          expect(error).toMatchObject({
            message: expect.stringMatching(/\(users:\d+\)$/u) as string,
          });
          throw error;
        }
      },
    });
    expect(read).toBeGreaterThan(COUNT / 100);
    expect(refused).toBeGreaterThan(COUNT / 10);
  },
);
