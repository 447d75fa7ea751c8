/**
 * `npm run generate`: writes the committed files that are made from source, the scenario's JSON
 * Schema and the Grafana dashboards. With `--check` it writes nothing and fails where one differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { buildDashboards } from '../src/dashboards/index.ts';
import { scenarioJsonSchema } from '../src/scenario/index.ts';

const files = [
  { path: 'schema/scenario.schema.json', content: scenarioJsonSchema() },
  ...buildDashboards().map(({ fileName, dashboard }) => ({
    path: `dashboards/${fileName}`,
    content: dashboard,
  })),
];

const check = process.argv.includes('--check');
let stale = 0;
for (const { path, content } of files) {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (!check) {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  } else if (text !== readOrEmpty(path)) {
    console.error(`${path} is not what its source makes: run \`npm run generate\``);
    stale++;
  }
}
process.exitCode = stale > 0 ? 1 : 0;

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
