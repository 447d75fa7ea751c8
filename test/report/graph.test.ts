import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import {
  renderDot,
  renderGraph,
  renderGraphJson,
  renderMermaid,
  type GraphReport,
} from '../../src/report/index.ts';
import {
  forestOf,
  serviceGraphOf,
  SpanTableBuilder,
  type GraphGrain,
} from '../../src/spans/index.ts';
import { expectGolden } from '../golden/golden.ts';
import { span } from './sample-runs.ts';
import { shopTrace } from './sample-trace.ts';

describe('the service graph', () => {
  it.each([80, 120])('is a table as the golden file has it, in %i columns', (width) => {
    const text = renderGraph(shopGraph('operation'), { color: false, width });
    expectGolden(`graph-${width}`, text);
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
  });

  it('is a diagram as the golden files have it', () => {
    expectGolden('graph-dot', renderDot(shopGraph('service')));
    expectGolden('graph-mermaid', renderMermaid(shopGraph('service')));
  });

  it('is JSON with rates as if every trace had been read', () => {
    const document = JSON.parse(renderGraphJson(shopGraph('operation'))) as {
      readonly version: number;
      readonly edges: readonly { readonly callee: string; readonly callsPerSec: number }[];
    };
    expect(document).toMatchObject({ version: 1, traceCount: 150, tracesInAll: 300 });
    const toStock = document.edges.find(({ callee }) => callee === 'inventory');
    // 150 calls were read of 300, in 30 s.
    expect(toStock?.callsPerSec).toBe(10);
  });

  it('has no field that the page does not name', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/traces.md'), 'utf8');
    const { edges, ...rest } = JSON.parse(renderGraphJson(shopGraph('operation'))) as {
      readonly edges: readonly object[];
    };
    const fields = [...Object.keys(rest), ...edges.flatMap((edge) => Object.keys(edge))];
    expect(fields.filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
  });

  it('keeps names of services from writing more than names', () => {
    const hostile = '"]; evil <b> -->|x| \\ \u001b[2J';
    const spans = [span({ serviceName: 'front', attributes: { 'peer.service': hostile } })];
    const report = reportOf(spans, 'service');
    const dot = renderDot(report);
    expect(dot).toContain('n0 [label="\\"]; evil <b> -->|x| \\\\ ·[2J", style=dashed];');
    const mermaid = renderMermaid(report);
    expect(mermaid).toContain('n0(["#34;]; evil #60;b#62; --#62;|x| \\ ·[2J"])');
    for (const text of [dot, mermaid, renderGraph(report, { color: false, width: 100 })]) {
      expect(text).not.toContain('\u001b');
    }
  });

  it('says what stands for a callee that nobody names', () => {
    const report = reportOf([span({ serviceName: 'front', kind: 'Client' })], 'operation');
    const text = renderGraph(report, { color: false, width: 100 });
    expect(text).toMatch(/^front +\(unknown\) /mu);
    expect(text).toContain('(unknown): has no spans here, and its callers do not name it');
  });

  it('says of a run that stored few of its calls that they are not like all', () => {
    const stored = shopGraph('operation');
    const textOf = (report: GraphReport): string =>
      renderGraph(report, { color: false, width: 400 });
    const whole = { ...stored, tracesInAll: 150, arrivalsInAll: 150 };
    expect(textOf(whole)).not.toContain('arrivals');
    expect(textOf({ ...whole, arrivalsInAll: 12_000 })).toContain(
      '150 of 12,000 arrivals have a stored trace, the slow and failed ones among them',
    );
    // Where the store has a sample, what is left out is stood for.
    const weighted = { ...whole.graph, weightedTraces: 12_000 };
    expect(textOf({ ...whole, graph: weighted, arrivalsInAll: 12_000 })).not.toContain('arrivals');
  });

  it('of no calls says so', () => {
    expect(renderGraph(reportOf([], 'operation'), { color: false, width: 80 })).toContain(
      'no call between services',
    );
  });
});

/** Half of the traces of 30 s. */
function shopGraph(grain: GraphGrain): GraphReport {
  const spans = Array.from({ length: 150 }, (_, i) =>
    shopTrace().map((each) => ({ ...each, traceId: `trace-${i}` })),
  ).flat();
  return { ...reportOf(spans, grain), tracesInAll: 300, runId: '6920b6a75d1f3c09' };
}

function reportOf(spans: readonly Span[], grain: GraphGrain): GraphReport {
  const builder = new SpanTableBuilder();
  for (const each of spans) builder.add(each);
  const table = builder.build();
  const graph = serviceGraphOf(forestOf(table), grain);
  const fromEpochMs = Date.UTC(2026, 10, 21, 0, 52, 7);
  return {
    graph,
    tracesInAll: table.traceCount,
    fromEpochMs,
    toEpochMs: fromEpochMs + 30_000,
    runId: '',
  };
}
