import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkedScenario } from '../../../src/run/prepare/checked-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'checked-scenario-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FILE = join(folder, 'shop.yaml');
const TEXT = `name: shop
hooks: hooks.ts
targets: { orders: { url: "http://127.0.0.1:7101" } }
feeders: { users: { file: users.csv } }
flows:
  first:
    - hook: sign
    - step: create
      target: orders
      http: { path: "/\${users.id}" }
      check: { schema: order.json, json: { "$.ok": true } }
load: [{ phase: steady, users: 1, for: 1s }]
`;

async function checked(files: Record<string, string> = {}, text = TEXT): Promise<unknown> {
  const all = {
    'users.csv': 'id\n1\n',
    'order.json': '{"type":"object"}',
    'hooks.ts': 'export function sign(): void {}\n',
    ...files,
    'shop.yaml': text,
  };
  for (const [name, content] of Object.entries(all)) writeFileSync(join(folder, name), content);
  return checkedScenario(FILE);
}

describe('what a scenario names is checked with it', () => {
  test('all of it is right', async () => {
    await expect(checked()).resolves.toMatchObject({ name: 'shop' });
  });

  test.each([
    [
      'a bad row of a feeder',
      { 'users.csv': 'id,name\n1,a\n2\n' },
      'the row must have as many values as the first one (users.csv:3)',
    ],
    [
      'a column that the feeder has not',
      { 'users.csv': 'name\na\n' },
      `unknown column "id" of feeder "users" in \${users.id} (flows.first[1].step, ${FILE}:8:13)`,
    ],
    ['a feeder without rows', { 'users.csv': 'id\n' }, 'the feeder "users" must have 1 to'],
    ['a schema that is none', { 'order.json': '{"type":1}' }, 'no JSON Schema: '],
    ['a schema that is no JSON', { 'order.json': '{' }, 'no JSON Schema: '],
  ])('%s', async (_, files, message) => {
    await expect(checked(files)).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  test('a JSON path that is none', async () => {
    const text = TEXT.replace('"$.ok"', '"$.ok["');
    await expect(checked({}, text)).rejects.toMatchObject({
      code: 'SCENARIO_INVALID',
      message: `"$.ok[" is no JSON path (flows.first[1].step, ${FILE}:8:13)`,
    });
  });

  test('a hook that the module has not', async () => {
    const text = TEXT.replace('hook: sign', 'hook: sing');
    await expect(checked({}, text)).rejects.toMatchObject({ code: 'HOOKS_FAILED' });
  });
});
