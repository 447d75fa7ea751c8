import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { nagiosState } from '../../src/cli/nagios-exit.ts';

it('gives every exit code the state that docs/reference/exit-codes.md says', () => {
  const page = readFileSync(
    resolve(import.meta.dirname, '../../docs/reference/exit-codes.md'),
    'utf8',
  );
  const rows = [...page.matchAll(/^\| ([\d, ]+) \| (\d) \| `(\w+)` \|/gmu)];
  const documented = new Map(
    rows.flatMap(([, codes = '', , state = '']) =>
      codes.split(', ').map((code) => [Number(code), state] as const),
    ),
  );
  const actual = Object.values(EXIT_CODES).map((code) => [code, nagiosState(code)] as const);
  expect([...documented].toSorted(([a], [b]) => a - b)).toEqual(
    actual.toSorted(([a], [b]) => a - b),
  );
  expect(rows.map(([, , code, state]) => [code, state])).toEqual([
    ['0', 'OK'],
    ['1', 'WARNING'],
    ['2', 'CRITICAL'],
    ['3', 'UNKNOWN'],
  ]);
});
