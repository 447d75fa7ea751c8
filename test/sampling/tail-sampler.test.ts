import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, spanWeightOf, type Span } from '../../src/core/index.ts';
import { identitiesOf, runHashOf, spanBlock } from '../../src/native/index.ts';
import { sampledText } from '../../src/sampling/index.ts';
import { spoolFolder } from '../../src/store/spool/spool-folder.ts';
import {
  RULES,
  SampledStore,
  spanOf,
  traceIdOf,
  turns,
  type SamplerSettings,
} from './sampling-store.ts';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'sampling-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function started(settings: SamplerSettings = {}): Promise<SampledStore> {
  const store = new SampledStore(spoolFolder(root), settings);
  await store.start();
  return store;
}

const filesLeft = (): readonly string[] => readdirSync(spoolFolder(root));
const ids = (spans: readonly Span[]): readonly string[] =>
  spans.map(({ spanId }) => spanId).toSorted();

/** Spans of a trace that is in no share. */
const outside = (number: number, shape: Partial<Parameters<typeof spanOf>[0]> = {}): Span =>
  spanOf({ ...shape, traceId: traceIdOf(number, false) });

describe('a tail sampler', () => {
  it.each([
    ['failed', { isFailed: true }],
    ['was slow', { durationNs: 500 * NS_PER_MS }],
    ['was touched by a fault', { attributes: { 'callgauge.fault': 'slow-db' } }],
  ])('keeps a trace of which a span %s, whole and as it is', async (_, shape) => {
    const store = await started();
    const spans = [outside(1), outside(1, shape), outside(1, { isRoot: true })];
    const others = [outside(2, { isRoot: true }), outside(2)];
    await store.accept(spans);
    await store.accept(others);
    await store.pass(15 * NS_PER_SEC);
    expect(store.stored.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1))).toEqual(spans);
    await store.close();
    expect(store.storedIds).toEqual(ids(spans));
  });

  it('keeps its share of the others, each of which says how many it stands for', async () => {
    const store = await started();
    const traces = Array.from({ length: 8 }, (_, i) => traceIdOf(i, i % 2 === 0));
    await store.accept(traces.map((traceId) => spanOf({ traceId, isRoot: true })));
    await store.close();
    expect(store.stored.map(({ traceId }) => traceId)).toEqual(
      traces.filter((_, i) => i % 2 === 0),
    );
    expect(store.stored.map(({ traceState }) => spanWeightOf(traceState))).toEqual([4, 4, 4, 4]);
  });

  it('keeps traces of runs, all of them', async () => {
    const runId = '6a0c0ffee0123456';
    const store = await started({ isOfRun: (hash) => hash === runHashOf(runId) });
    const own = spanOf({ traceId: `${runId}${'0'.repeat(16)}`, isRoot: true });
    await store.accept([own, outside(1, { isRoot: true })]);
    await store.close();
    expect(store.stored).toEqual([own]);
    expect(store.sampler.counters.kept).toMatchObject({ run: 1 });
  });

  it('has nothing in the store before the time, and decides sooner once the root came', async () => {
    const store = await started();
    await store.accept([outside(1, { isFailed: true })]);
    await store.pass(5 * NS_PER_SEC);
    await store.accept([outside(2, { isFailed: true, isRoot: true })]);
    await store.pass(8 * NS_PER_SEC);
    expect(store.stored).toEqual([]);
    await store.pass(20 * NS_PER_SEC);
    expect(store.storedIds).toHaveLength(2);
    expect(filesLeft().filter((name) => name.endsWith('.undecided'))).toEqual([]);
    await store.close();
  });

  it('keeps spans that come after their trace was kept, and others by the same share', async () => {
    const store = await started();
    const shared = traceIdOf(3, true);
    await store.accept([outside(1, { isFailed: true, isRoot: true })]);
    await store.accept([outside(2, { isRoot: true }), spanOf({ traceId: shared, isRoot: true })]);
    await store.pass(20 * NS_PER_SEC);
    const late = [outside(1), spanOf({ traceId: shared })];
    await store.accept([...late, outside(2)]);
    // The error of a trace of which the rest is gone is still one, and counts once.
    const failure = outside(2, { isFailed: true });
    await store.pass(40 * NS_PER_SEC);
    await store.accept([failure]);
    await store.pass(40 * NS_PER_SEC);
    await store.close();
    expect(store.storedIds.slice(-3)).toEqual(ids([...late, failure]));
    const weights = new Map(store.stored.map((s) => [s.spanId, spanWeightOf(s.traceState)]));
    expect(late.map(({ spanId }) => weights.get(spanId))).toEqual([1, 4]);
    expect(weights.get(failure.spanId)).toBe(1);
  });

  it('keeps the slowest of an operation, by what it took until then', async () => {
    const rules = { ...RULES, slow: { kind: 'percentile', percentile: 0.99 } } as const;
    const store = await started({ rules });
    const rootOf = (number: number, ms: number): Span =>
      outside(number, { isRoot: true, durationNs: ms * NS_PER_MS });
    await store.accept(Array.from({ length: 1_000 }, (_, i) => rootOf(i, 10 + (i % 10))));
    await store.pass(15 * NS_PER_SEC);
    expect(store.stored).toEqual([]);
    const slow = rootOf(2_001, 30);
    await store.accept([slow, rootOf(2_002, 15)]);
    // Of another operation nothing is known.
    await store.accept([outside(2_003, { isRoot: true, durationNs: NS_PER_SEC, name: 'PUT /' })]);
    await store.pass(5 * NS_PER_SEC);
    store.kill();
    await store.start();
    await store.pass(15 * NS_PER_SEC);
    expect(store.storedIds).toEqual(ids([slow]));
    await store.close();
  });

  it('decides the oldest early where more wait than may, and says so', async () => {
    const store = await started({ tracesMax: 100 });
    for (let i = 0; i < 40; i++) {
      await store.accept(
        Array.from({ length: 10 }, (_, n) => outside(i * 10 + n, { isFailed: n === 0 })),
      );
      await store.pass(NS_PER_SEC / 2);
    }
    expect(store.sampler.counters.early).toBeGreaterThan(200);
    expect(store.notices).toEqual([expect.stringContaining('decided before their time')]);
    await store.close();
    expect(store.storedIds).toHaveLength(40);
    expect(sampledText(store.sampler.counters, 0.25)).toMatch(
      /^40 of 400 spans stored, of 400 traces: all of 40 \(40 failed\), 25\.0% of the others; \d+ traces decided early/u,
    );
  });

  it('refuses what would be more on disk than may, and takes it once the store is back', async () => {
    const store = await started({ bytesMax: 40_000, journalBytesMax: 10_000 });
    store.isAway = true;
    const taken: Span[] = [];
    const refused = async (): Promise<unknown> => {
      for (let i = 0; ; i++) {
        const spans = Array.from({ length: 10 }, () => outside(i, { isFailed: true }));
        try {
          await store.accept(spans);
          taken.push(...spans);
        } catch (error) {
          return error;
        }
        await store.pass(NS_PER_SEC);
      }
    };
    expect(await refused()).toMatchObject({
      code: 'STORE_OVERFLOW',
      message: expect.stringContaining('wait on disk for their traces to be decided'),
    });
    store.isAway = false;
    await store.pass(60 * NS_PER_SEC);
    await store.accept([outside(1_000)]);
    await store.close();
    expect(store.storedIds).toEqual(ids(taken));
  });
});

describe('after a kill, a tail sampler', () => {
  it('decides what waited, and knows its spans', async () => {
    const store = await started();
    const [failed, slow] = [outside(1, { isFailed: true }), outside(1)];
    await store.accept([failed, outside(2)]);
    store.kill();
    const identities = await store.start();
    expect(identities.flatMap((words) => [...words])).toEqual([
      ...identitiesOf(spanBlock([failed, outside(2)])).slice(0, 2),
      ...(identities[0]?.slice(2) ?? []),
    ]);
    await store.accept([slow]);
    await store.pass(40 * NS_PER_SEC);
    expect(store.storedIds).toEqual(ids([failed, slow]));
    await store.close();
  });

  it('keeps later spans of what its last one kept', async () => {
    const store = await started();
    await store.accept([outside(1, { isFailed: true, isRoot: true })]);
    await store.pass(20 * NS_PER_SEC);
    store.kill();
    await store.start();
    const late = outside(1);
    await store.accept([late, outside(2)]);
    await store.pass(40 * NS_PER_SEC);
    expect(store.storedIds).toContain(late.spanId);
    expect(store.storedIds).toHaveLength(2);
    await store.close();
  });

  it('stores once what was decided, though its file still had the name of what is not', async () => {
    const store = await started();
    store.isAway = true;
    const traceId = traceIdOf(1, true);
    await store.accept([spanOf({ traceId, isRoot: true })]);
    await store.pass(20 * NS_PER_SEC);
    store.kill();
    const folder = spoolFolder(root);
    const [spool] = filesLeft().filter((name) => name.endsWith('.spool'));
    expect(spool).toBeDefined();
    renameSync(join(folder, spool ?? ''), join(folder, '1.undecided'));
    store.isAway = false;
    await store.start();
    await store.pass(40 * NS_PER_SEC);
    await store.close();
    expect(store.stored.map(({ traceState }) => spanWeightOf(traceState))).toEqual([4]);
  });

  it('leaves all spans to a command that decides nothing', async () => {
    const store = await started();
    const spans = [outside(1), outside(2)];
    await store.accept(spans);
    store.kill();
    await store.storeAll();
    expect(store.stored).toEqual(spans);
  });

  it('has every trace as if there had been none, whenever it came', async () => {
    const shape = fc.record({
      trace: fc.integer({ min: 0, max: 9 }),
      isFailed: fc.boolean(),
      isRoot: fc.boolean(),
    });
    // Of each trace all spans come within the shorter wait.
    const batch = fc.record({ spans: fc.array(shape, { maxLength: 6 }), isKilled: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 8 }), async (batches) => {
        const store = new SampledStore(spoolFolder(mkdtempSync(join(root, 'each-'))));
        await store.start();
        const sent: Span[] = [];
        const failed = new Set<string>();
        for (const { spans, isKilled } of batches) {
          const own = spans.map(({ trace, isFailed, isRoot }) =>
            spanOf({
              traceId: traceIdOf(trace, trace < 3),
              isFailed: isFailed && trace % 2 === 0,
              isRoot,
            }),
          );
          for (const { traceId, status } of own) if (status === 'Error') failed.add(traceId);
          sent.push(...own);
          if (own.length > 0) await store.accept(own);
          await store.pass(NS_PER_SEC);
          if (!isKilled) continue;
          store.kill();
          await store.start();
        }
        await store.pass(50 * NS_PER_SEC);
        store.kill();
        await store.start();
        await store.close();
        const kept = sent.filter(
          ({ traceId }) => failed.has(traceId) || traceId.slice(18).startsWith('f'),
        );
        expect(store.storedIds).toEqual(ids(kept));
        for (const { traceId, traceState } of store.stored) {
          expect(spanWeightOf(traceState)).toBe(failed.has(traceId) ? 1 : 4);
        }
        await turns();
      }),
      { numRuns: 25 },
    );
  });
});
