import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { callgauge, Workplace } from './callgauge-process.ts';

const workplace = new Workplace();
afterAll(() => workplace.remove());

const TEXT = `name: tiny
targets: { api: { url: http://127.0.0.1:9 } }
flows: { look: [{ step: home, target: apii, http: { path: / } }] }
load: [{ phase: steady, arrivals: { rate: -5/s }, for: 1s }]
`;

async function validated(file: string): Promise<{ code: number | null; json: unknown }> {
  const { code, out } = await callgauge(['validate', file, '--json']);
  return { code, json: JSON.parse(out) };
}

describe('validate --json', () => {
  it('prints the problems of a wrong file with place and fix', async () => {
    const file = workplace.file('wrong.yaml', TEXT);
    const { code, json } = await validated(file);
    expect(code).toBe(104);
    expect(json).toMatchObject({ version: 1, valid: false, file, code: 'SCENARIO_INVALID' });
    expect(json).toHaveProperty('problems.length', 2);
    expect(json).toHaveProperty('problems.1', {
      file,
      line: 4,
      column: 43,
      path: 'load[0].arrivals.rate',
      what: expect.stringContaining('-5/s') as unknown,
      fix: expect.stringMatching(/\S/u) as unknown,
    });
  });

  it('prints the problem of a file that is not there, without a place', async () => {
    const file = join(workplace.storeDir, 'none.yaml');
    expect(await validated(file)).toMatchObject({
      code: 104,
      json: {
        code: 'SCENARIO_UNREADABLE',
        problems: [{ file, line: null, column: null, path: '' }],
      },
    });
  });

  it('prints fields of which the page has each one', async () => {
    const right = await validated(
      workplace.file('right.yaml', TEXT.replace('apii', 'api').replace('-5/s', '5/s')),
    );
    const wrong = await validated(workplace.file('wrong.yaml', TEXT));
    expect(right).toMatchObject({ code: 0, json: { version: 1, valid: true, name: 'tiny' } });
    const page = readFileSync(
      resolve(import.meta.dirname, '../../docs/reference/validate-json.md'),
      'utf8',
    );
    const fields = [right.json, wrong.json].flatMap((json) => Object.keys(json as object));
    for (const field of fields) expect(page).toMatch(new RegExp(`\`${field}(?:\\[\\])?\``, 'u'));
  });
});
