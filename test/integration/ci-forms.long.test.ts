import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { renderJunit } from '../../src/report/ci/junit-xml.ts';
import { renderOpenMetrics } from '../../src/report/ci/openmetrics-text.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { SAMPLE_CRITERIA } from '../report/ci/sample-criteria.ts';
import { installedPart } from './installed-parts.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const place = new Workplace();
afterAll(() => place.remove());

const python = installedPart('python/bin/python');
const schema = installedPart('junit/junit-10.xsd');
const jsonSchema = installedPart('python/bin/check-jsonschema');
const actionlint = installedPart('bin/actionlint');

/** Returns the files that were written of every sample, by its name. */
async function written(
  ending: string,
  render: (report: Awaited<ReturnType<(typeof SAMPLE_CRITERIA)[string]>>) => string,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const [name, criteria] of Object.entries(SAMPLE_CRITERIA)) {
    files.push(place.file(`${name}${ending}`, render(await criteria())));
  }
  return files;
}

const VALIDATE = `
import sys
from lxml import etree
schema = etree.XMLSchema(etree.parse(sys.argv[1]))
for path in sys.argv[2:]:
    schema.assertValid(etree.parse(path))
print(len(sys.argv) - 2)
`;

const READ_METRICS = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for path in sys.argv[1:]:
    with open(path) as file:
        for family in text_string_to_metric_families(file.read()):
            for sample in family.samples:
                print(family.type, sample.name, sorted(sample.labels.items()), sample.value)
`;

describe('the forms for CI', () => {
  it.runIf(python !== undefined && schema !== undefined)(
    'are JUnit that the schema of Jenkins allows',
    async () => {
      const files = await written('.xml', renderJunit);
      const args = ['-c', VALIDATE, schema ?? '', ...files];
      expect(execFileSync(python ?? '', args, { encoding: 'utf8' })).toBe(`${files.length}\n`);
      const [first = ''] = files;
      const broken = readFileSync(first, 'utf8').replace(' tests=', ' texts=');
      const refused = place.file('broken.xml', broken);
      expect(spawnSync(python ?? '', ['-c', VALIDATE, schema ?? '', refused]).status).toBe(1);
    },
  );

  it.runIf(python !== undefined)('are OpenMetrics that its own parser reads', async () => {
    const files = await written('.txt', renderOpenMetrics);
    const args = ['-c', READ_METRICS, ...files];
    const read = execFileSync(python ?? '', args, { encoding: 'utf8' });
    expect(read.split('\n')).toEqual(
      expect.arrayContaining([
        "gauge callgauge_threshold_holds [('threshold', 'create-order.errors rate < 0.1%')] 1",
        "gauge callgauge_response_time_quantile_seconds [('percentile', '99.9'), ('step', 'create-order')] 0.316",
      ]),
    );
  });
});

describe('the files for CI', () => {
  it.runIf(actionlint !== undefined)('are a workflow and an action without fault', () => {
    const repository = join(place.folder, 'repository');
    const workflow = join(repository, '.github/workflows/performance.yml');
    mkdirSync(join(workflow, '..'), { recursive: true });
    cpSync(join(ROOT, 'deploy'), join(repository, 'deploy'), { recursive: true });
    const text = readFileSync(join(ROOT, 'deploy/github/example-workflow.yml'), 'utf8');
    // Beside the workflow its inputs are held against the action's.
    const local = text.replace(/OWNER\/callgauge\/deploy\/github@v[\d.]+/u, './deploy/github');
    const lint = (content: string) => {
      writeFileSync(workflow, content);
      return spawnSync(actionlint ?? '', [workflow], { cwd: repository, encoding: 'utf8' });
    };
    spawnSync('git', ['init', '-q', repository]);
    expect(lint(local)).toMatchObject({ status: 0, stdout: '' });
    expect(lint(local.replace('scenario:', 'scenaro:'))).toMatchObject({ status: 1 });
  });

  it.runIf(jsonSchema !== undefined).each([
    ['vendor.github-actions', 'deploy/github/action.yml', 'runs:'],
    ['vendor.github-workflows', 'deploy/github/example-workflow.yml', 'jobs:'],
    ['vendor.gitlab-ci', 'deploy/gitlab/callgauge.gitlab-ci.yml', 'artifacts:'],
  ])('are as the schema %s has them: %s', (name, file, key) => {
    const check = (path: string) =>
      spawnSync(jsonSchema ?? '', ['--builtin-schema', name, path], { encoding: 'utf8' });
    const result = check(join(ROOT, file));
    expect(result.status, result.stdout).toBe(0);
    const text = readFileSync(join(ROOT, file), 'utf8');
    const broken = place.file('broken.yml', text.replace(`${key}\n`, `${key} 3\nunknown:\n`));
    expect(check(broken).status).not.toBe(0);
  });
});
