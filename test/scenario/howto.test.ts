import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileFlows } from '../../src/flow/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';

const page = readFileSync(new URL('../../docs/howto/flows.md', import.meta.url), 'utf8');
const snippets = [...page.matchAll(/```yaml\n(.*?)```/gsu)].map(([, text = '']) => text);

describe('the snippets of docs/howto/flows.md', () => {
  test.each(snippets)('%s', (snippet) => {
    const isWhole = snippet.startsWith('name:');
    const text = isWhole ? snippet : around(snippet);
    expect(() => compileFlows({ ...parseScenario(text, 'flows.md'), files: [] })).not.toThrow();
  });

  test('are there', () => {
    expect(snippets.length).toBeGreaterThan(3);
  });
});

/** Returns a scenario around the entries of a flow. */
function around(entries: string): string {
  return `name: snippet
targets: { orders: { url: "http://127.0.0.1:7101" } }
feeders: { users: { rows: [{ id: 1, sku: A-1 }] } }
load: [{ phase: steady, users: 1, for: 1s }]
flows:
  snippet:
${entries.replaceAll(/^/gmu, '    ')}`;
}
