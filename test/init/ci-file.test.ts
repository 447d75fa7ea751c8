import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CI_SYSTEMS, ciFile } from '../../src/init/index.ts';
import { expectGolden } from '../golden/golden.ts';

const PARTS = {
  scenario: "'load/my scenario.yaml'",
  version: '1.2.3',
  variables: ['API_KEY', 'TOKEN'],
  urls: ['http://127.0.0.1:8080'],
};

it.each(CI_SYSTEMS)('%s runs the scenario with this version of callgauge', (system) => {
  const text = ciFile(system, PARTS);
  expectGolden(`init/ci-${system}`, text);
  const lines = JSON.stringify(parse(text));
  expect(lines).toContain("npx --yes callgauge@1.2.3 run 'load/my scenario.yaml'");
});

it('gives GitHub the secrets that the scenario names, and no others', () => {
  expect(ciFile('github', PARTS)).toContain('API_KEY: ${{ secrets.API_KEY }}');
  expect(ciFile('github', { ...PARTS, variables: [] })).not.toContain('secrets');
});
