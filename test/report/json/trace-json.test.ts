import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderTraceJson, TRACE_VERSION } from '../../../src/report/index.ts';
import { failedTrace, shopTrace } from '../sample-trace.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/reference/traces.md'), 'utf8');

interface TraceDocument {
  readonly version: number;
  readonly criticalPath: {
    readonly root: number;
    readonly segments: readonly {
      readonly span: number;
      readonly fromNs: number;
      readonly toNs: number;
    }[];
  };
  readonly errorOrigins: readonly Record<string, unknown>[];
  readonly attempts: readonly Record<string, unknown>[];
  readonly wastedWork: readonly Record<string, unknown>[];
  readonly spans: readonly {
    readonly spanId: string;
    readonly durationNs: string;
    readonly facts: { readonly exclusiveNs: number; readonly isOnPath: boolean };
  }[];
}

describe('a trace as JSON', () => {
  const document = JSON.parse(renderTraceJson([...shopTrace(), ...shopTrace()])) as TraceDocument;
  const idOf = (span: unknown): string | undefined =>
    document.spans[Number(span)]?.spanId.replace(/^0+/u, '');

  it('has every span once, with what it holds of the critical path', () => {
    expect(document.version).toBe(TRACE_VERSION);
    expect(document.spans).toHaveLength(shopTrace().length);
    const { root, segments } = document.criticalPath;
    expect(idOf(root)).toBe('a1');
    const heldNs = segments.reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
    expect(heldNs).toBe(Number(document.spans[root]?.durationNs));
    for (const [i, { facts }] of document.spans.entries()) {
      const own = segments.filter(({ span }) => span === i);
      expect(facts.exclusiveNs).toBe(own.reduce((sum, s) => sum + s.toNs - s.fromNs, 0));
    }
  });

  it('names spans by their numbers: where it failed, what was sent again, what nobody waited for', () => {
    const [origin] = document.errorOrigins;
    expect(origin).toMatchObject({ kind: 'waiting' });
    expect(idOf(origin?.['span'])).toBe('d1');
    expect(idOf(origin?.['blamed'])).toBe('d2');
    expect(idOf(origin?.['absorbedBy'])).toBe('b1');
    const [attempts] = document.attempts;
    expect((attempts?.['spans'] as readonly number[] | undefined)?.map(idOf)).toEqual(['d1', 'e1']);
    expect(document.wastedWork).toMatchObject([{ wastedNs: 41_000_000 }]);
  });

  it('has no field that the page does not name', () => {
    const named = (value: unknown): readonly string[] => {
      if (Array.isArray(value)) return value.flatMap(named);
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([key, below]) =>
        // What a span recorded is by the names of OpenTelemetry.
        key === 'attributes' || key === 'resourceAttributes' ? [] : [key, ...named(below)],
      );
    };
    const fields = [document, JSON.parse(renderTraceJson(failedTrace()))].flatMap(named);
    expect([...new Set(fields)].filter((field) => !PAGE.includes(`\`${field}\``))).toEqual([]);
  });

  it('of no spans has none', () => {
    expect(JSON.parse(renderTraceJson([]))).toEqual({ version: TRACE_VERSION, spans: [] });
  });
});
