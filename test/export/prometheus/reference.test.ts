import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { METRICS } from '../../../src/export/prometheus/index.ts';
import { RunMetrics } from '../../../src/export/prometheus/run-metrics.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/metrics.md'), 'utf8');

describe('docs/reference/metrics.md', () => {
  it('has one row for every metric, with its type, unit and labels, and no other', () => {
    const rows = [
      ...page.matchAll(/^\| `(callgauge_\w+)` \| (\w+) \| ([\w ]+) \| ([^|]+) \|/gmu),
    ].map(([, name, type, unit, labels]) => ({
      name,
      type,
      unit,
      labels: [...(labels ?? '').matchAll(/`(\w+)`/gu)].map(([, label]) => label),
    }));
    const wanted = METRICS.map(({ name, type, unit, labels }) => ({ name, type, unit, labels }));
    expect(rows).toEqual(wanted);
  });

  it('is of what the registry holds', async () => {
    const metrics = new RunMetrics({
      runId: '',
      scenario: '',
      quantilesOf: () => [],
      targetOf: () => '',
    });
    const served = (await metrics.registry.getMetricsAsJSON()).map(({ name, type, help }) => ({
      name,
      type: String(type),
      help,
    }));
    const wanted = METRICS.map(({ name, type, help }) => ({ name, type, help }));
    expect(served.toSorted(byName)).toEqual(wanted.toSorted(byName));
  });
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name.localeCompare(b.name);
}
