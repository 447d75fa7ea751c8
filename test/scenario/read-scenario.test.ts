import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readScenario } from '../../src/scenario/index.ts';
import { SMALL } from './texts.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-scenario-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(bytes: string | Uint8Array): string {
  const path = join(folder, 'scenario.yaml');
  writeFileSync(path, bytes);
  return path;
}

describe('a file', () => {
  test('is read, also with a byte order mark and Windows line ends', async () => {
    const path = written(`\uFEFF${SMALL.replaceAll('\n', '\r\n')}`);
    const scenario = await readScenario(path);
    expect(scenario.name).toBe('small');
    expect(scenario.source.file).toBe(path);
  });

  test('with a mistake names itself as it was named', async () => {
    const path = written(SMALL.replace('50/s', '-5'));
    await expect(readScenario(path)).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: `rate must be > 0 per second, got -5 (load[0].arrivals.rate, ${path}:11:23)`,
    });
  });
});

describe('bytes that are no text', () => {
  test.each([
    ['a NUL', [0x61, 0x0a, 0x62, 0x00, 0x63], '0x00', '2:2'],
    ['a byte of Latin-1', [0x61, 0x3a, 0x20, 0xe4, 0x20], '0xe4', '1:4'],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], '0xff', '1:1'],
    ['a character cut off at the end', [0xc3, 0xa4, 0x0a, 0xe2, 0x82], '0xe2', '2:1'],
    ['a picture', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a], '0x89', '1:1'],
  ])('%s', async (_, bytes, byte, place) => {
    const path = written(Uint8Array.from(bytes));
    await expect(readScenario(path)).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: `the file must be UTF-8 text, got the byte ${byte} (${path}:${place})`,
    });
  });
});

describe('a file that cannot be read', () => {
  test('a missing one', async () => {
    const path = join(folder, 'none.yaml');
    await expect(readScenario(path)).rejects.toMatchObject({
      code: 'SCENARIO_UNREADABLE',
      message: `cannot read ${path}: there is no such file`,
    });
  });

  test('a folder', async () => {
    await expect(readScenario(folder)).rejects.toMatchObject({
      code: 'SCENARIO_UNREADABLE',
      message: `cannot read ${folder}: it is a folder`,
    });
  });

  test('one that is too large', async () => {
    const path = written(`# ${'x'.repeat(1024 * 1024)}`);
    await expect(readScenario(path)).rejects.toMatchObject({ code: 'SCENARIO_UNREADABLE' });
  });

  // The superuser reads everything.
  test.skipIf(process.getuid?.() === 0)('one that is closed to us', async () => {
    const path = written(SMALL);
    chmodSync(path, 0o000);
    const read = readScenario(path);
    await expect(read).rejects.toMatchObject({ code: 'SCENARIO_UNREADABLE' });
    chmodSync(path, 0o600);
  });
});
