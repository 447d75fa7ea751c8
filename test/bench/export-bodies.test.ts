import { expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBodies, writeBodies } from '../../bench/exports/body-file.ts';
import { exportBodies, renameTraces, type ExportBody } from '../../bench/exports/export-bodies.ts';
import { parseRequest } from '../ingest/otlp-messages.ts';

const OPTIONS = { spans: 4_600, spansPerBody: 2_000, seed: 1, startEpochNs: 10n ** 18n };

interface SentSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly attributes: readonly unknown[];
  readonly events?: readonly unknown[];
}

interface SentResource {
  readonly resource: { readonly attributes: readonly unknown[] };
  readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
}

function resourcesOf({ bytes }: ExportBody): readonly SentResource[] {
  return (parseRequest(bytes) as { resourceSpans: SentResource[] }).resourceSpans;
}

function spansOf(bodies: readonly ExportBody[]): readonly SentSpan[] {
  return bodies
    .flatMap(resourcesOf)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap((s) => s.spans));
}

function idsOf(spans: readonly SentSpan[]): ReadonlySet<string> {
  return new Set(spans.map(({ traceId }) => traceId.toString('hex')));
}

test('bodies have as many spans as are wanted, as services send them', () => {
  const bodies = exportBodies(OPTIONS);
  expect(bodies.map((body) => spansOf([body]).length)).toEqual([2_000, 2_000, 2_000]);
  const resources = bodies.flatMap(resourcesOf);
  expect(new Set(resources.map(({ resource }) => resource.attributes.length))).toEqual(
    new Set([8]),
  );
  const spans = spansOf(bodies);
  const attributes = spans.reduce((sum, span) => sum + span.attributes.length, 0) / spans.length;
  expect(attributes).toBeGreaterThan(9);
  expect(attributes).toBeLessThan(12);
  expect(spans.some(({ events }) => events !== undefined)).toBe(true);
});

test('their traces are whole: each span but the first of a trace has its parent', () => {
  const spans = spansOf(exportBodies({ ...OPTIONS, spans: 5_000, spansPerBody: 500 }));
  const places = new Set(spans.map(({ traceId, spanId }) => `${hex(traceId)} ${hex(spanId)}`));
  expect(places.size).toBe(5_000);
  expect(idsOf(spans).size).toBe(500);
  const parents = spans.flatMap(({ traceId, parentSpanId }) =>
    parentSpanId === undefined ? [] : [`${hex(traceId)} ${hex(parentSpanId)}`],
  );
  expect(parents.filter((place) => !places.has(place))).toEqual([]);
  expect(parents).toHaveLength(4_500);
});

test('traces that are renamed are others, and as many', () => {
  const bodies = exportBodies(OPTIONS);
  const before = idsOf(spansOf(bodies));
  for (const body of bodies) renameTraces(body, Buffer.alloc(16, 0x5a));
  const after = idsOf(spansOf(bodies));
  expect(after.size).toBe(before.size);
  expect([...after].filter((id) => before.has(id))).toEqual([]);
});

test('a sender in another process gets them as they were', () => {
  const dir = mkdtempSync(join(tmpdir(), 'callgauge-bodies-'));
  const bodies = exportBodies({ ...OPTIONS, spansPerBody: 100, spans: 300 });
  try {
    writeBodies(join(dir, 'bodies'), bodies);
    expect(readBodies(join(dir, 'bodies'))).toEqual(bodies);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}
