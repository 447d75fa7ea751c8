import { expect, it } from 'vitest';
import { fuzzCount, FUZZ_SEED, holdBounds } from './hold-bounds.ts';
import { oddScenario, readOddScenario } from './scenario-fuzz.ts';

const COUNT = fuzzCount(300);

it(
  `reads or refuses ${COUNT} damaged scenarios, with line, column and fix (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + COUNT * 60 },
  async () => {
    const { read, refused } = await holdBounds(COUNT, {
      name: 'scenarios',
      make: oddScenario,
      read: readOddScenario,
    });
    expect(read).toBeGreaterThan(COUNT / 100);
    expect(refused).toBeGreaterThan(COUNT / 4);
  },
);
