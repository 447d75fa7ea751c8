import { resolve } from 'node:path';
import { expect, it } from 'vitest';

import { readLoadWithoutStore } from '../../../src/run/prepare/read-load.ts';
import { parseScenario } from '../../../src/scenario/index.ts';

const FILE = resolve(import.meta.dirname, 'shop.yaml');

function replaying(file: string): string {
  return `name: shop
targets: { orders: { url: "http://127.0.0.1:7101" } }
flows: { look: [{ step: home, target: orders, http: { path: / } }] }
load:
  - phase: steady
    replay: { file: ${file} }
`;
}

it.each([
  ['gone.log', 'there is no such file', "it is relative to the scenario file's folder."],
  ['.', 'it is a folder', 'Name a file in it.'],
])('names the place of a list to replay that cannot be read: %s', async (file, why, hint) => {
  const scenario = { ...parseScenario(replaying(file), FILE), files: [] };
  const reading = readLoadWithoutStore(scenario, () => undefined);
  await expect(reading).rejects.toMatchObject({
    code: 'SCENARIO_UNREADABLE',
    message: `cannot read ${resolve(FILE, '..', file)}: ${why} (load[0].replay.file, ${FILE}:6:21)`,
    hint: expect.stringContaining(hint) as unknown,
  });
});
