import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readScenario } from '../../src/scenario/index.ts';
import { changed, SMALL } from './texts.ts';

const folder = mkdtempSync(join(tmpdir(), 'named-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TEXT = changed(
  '{ path: /api/orders }',
  '{ path: / }\n      check: { schema: data/order.json }',
  `${SMALL}feeders: { users: { file: data/users.csv } }\n`,
);

test('files that a scenario names are read from its folder', async () => {
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/users.csv'), 'id\n1\n');
  writeFileSync(join(folder, 'data/order.json'), '{}');
  writeFileSync(join(folder, 'small.yaml'), TEXT);
  const { files, feeders } = await readScenario(join(folder, 'small.yaml'));
  expect(files).toEqual([
    { path: 'data/users.csv', text: 'id\n1\n' },
    { path: 'data/order.json', text: '{}' },
  ]);
  expect(feeders).toEqual([
    { name: 'users', order: 'sequential', rows: undefined, file: 'data/users.csv' },
  ]);
});

test('one that is not there is named with the place that names it', async () => {
  const path = join(folder, 'lost.yaml');
  writeFileSync(path, TEXT.replace('users.csv', 'none.csv'));
  await expect(readScenario(path)).rejects.toMatchObject({
    code: 'SCENARIO_UNREADABLE',
    message: `cannot read ${join(folder, 'data/none.csv')}: there is no such file (feeders.users.file, ${path}:14:27)`,
  });
});
