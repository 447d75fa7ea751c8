import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

import { EXIT_CODES } from '../../src/cli/exit-codes.ts';

it('lists every exit code, with its number, in docs/reference/exit-codes.md', () => {
  const page = readFileSync(
    resolve(import.meta.dirname, '../../docs/reference/exit-codes.md'),
    'utf8',
  );
  const listed = [...page.matchAll(/^\| (\d+) \| `([A-Z_]+)` \|/gmu)].map((row) => [
    row[2] ?? '',
    Number(row[1]),
  ]);
  expect(Object.fromEntries(listed)).toEqual(EXIT_CODES);
});
