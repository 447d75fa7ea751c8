import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

import { readAtMost } from '../../src/core/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'callgauge-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a file of as many bytes as allowed is read whole, one of more is refused', () => {
  const file = join(folder, 'file');
  const bytes = Buffer.alloc(2 ** 20, 'ab');
  writeFileSync(file, bytes);
  expect(readAtMost(file, 2 ** 20).equals(bytes)).toBe(true);
  expect(() => readAtMost(file, 2 ** 20 - 1)).toThrow(/^it holds more than 0\.99\d+ MiB$/u);
});

it.skipIf(!existsSync('/dev/zero'))('a device without an end is refused', () => {
  expect(() => readAtMost('/dev/zero', 2 ** 20)).toThrow('it holds more than 1 MiB');
});

it('what the system says is passed on', () => {
  expect(() => readAtMost(join(folder, 'none'), 1)).toThrow('ENOENT');
  expect(() => readAtMost(folder, 1)).toThrow('EISDIR');
});
