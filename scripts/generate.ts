/**
 * `npm run generate`: writes the committed files that are made from source, the list of toxics, the
 * scenario's JSON Schema, the page about toxics and the Grafana dashboards. With `--check` it
 * writes nothing and fails where one differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';

import { toxicIndex, TOXICS_FOLDER } from './toxic-index.ts';

const check = process.argv.includes('--check');
let stale = 0;

// First and by itself: the rest is made by modules that import it.
put(`${TOXICS_FOLDER}/index.ts`, toxicIndex());
const { buildDashboards } = await import('../src/dashboards/index.ts');
const { scenarioJsonSchema } = await import('../src/scenario/index.ts');
const { TOXICS_PAGE, toxicsPage } = await import('./toxics-page.ts');
put('schema/scenario.schema.json', jsonText(scenarioJsonSchema()));
put(TOXICS_PAGE, toxicsPage(scenarioJsonSchema()));
for (const { fileName, dashboard } of buildDashboards()) {
  put(`dashboards/${fileName}`, jsonText(dashboard));
}
process.exitCode = stale > 0 ? 1 : 0;

function put(path: string, text: string): void {
  if (!check) {
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  } else if (text !== readOrEmpty(path)) {
    console.error(`${path} is not what its source makes: run \`npm run generate\``);
    stale++;
  }
}

function jsonText(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
