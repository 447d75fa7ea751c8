import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { counted, type Span } from '../../../src/core/index.ts';
import { importSpans, type ImportedSpans } from '../../../src/ingest/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'callgauge-import-'));
const HEAD = 'TraceID,SpanID,ParentID,ServiceName,OperationName,StartTimeUnixNano,EndTimeUnixNano';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an import of spans', () => {
  it('stores what is not there, and tells of all that it read', async () => {
    const one = file('one', [row('1', 'front', 100), row('2', 'cart', 200)]);
    const two = file('two', [row('2', 'cart', 200), row('3', 'cart', 300), 'bad']);
    const store = memoryStore();
    const first = await importSpans([one, two], {}, store);
    expect(first).toMatchObject({
      readCount: 4,
      storedCount: 3,
      knownCount: 1,
      rejected: undefined,
      traceCount: 3,
      services: [
        { serviceName: 'cart', spanCount: 3 },
        { serviceName: 'front', spanCount: 1 },
      ],
      times: { firstEpochNs: at(100), lastEpochNs: at(300) },
    });
    expect(
      first.files.map(({ path, spanCount, times, leftOut }) => [
        path,
        spanCount,
        times,
        leftOut.length,
      ]),
    ).toEqual([
      [one, 2, { firstEpochNs: at(100), lastEpochNs: at(200) }, 0],
      [two, 2, { firstEpochNs: at(200), lastEpochNs: at(300) }, 1],
    ]);
    const again = await importSpans([one, two], {}, store);
    expect(again).toMatchObject({ readCount: 4, storedCount: 0, knownCount: 4 });
    expect(store.spans.map(({ traceId }) => Number(traceId))).toEqual([1, 2, 3]);
  });

  it('counts what the store does not hold, and says why', async () => {
    const store = {
      ...memoryStore(),
      rejectionOf: (span: Span) => (span.serviceName === 'cart' ? 'it is far away' : undefined),
    };
    const path = file('far', [
      row('1', 'front', 100),
      row('2', 'cart', 200),
      row('3', 'cart', 200),
    ]);
    expect(await importSpans([path], {}, store)).toMatchObject({
      readCount: 3,
      storedCount: 1,
      rejected: { count: 2, first: 'it is far away' },
    });
  });

  it('stores what stood before the damage of a file, and says how much that is', async () => {
    const traceOf = (i: number): string =>
      createHash('sha256').update(String(i)).digest('hex').slice(32);
    const rows = Array.from({ length: 20_000 }, (_, i) => row(traceOf(i), 'front', 100));
    const packed = gzipSync([HEAD, ...rows].join('\n'));
    const cut = join(folder, 'cut');
    writeFileSync(cut, packed.subarray(0, packed.length >> 1));
    const store = memoryStore();
    const error: unknown = await importSpans([cut], {}, store).catch((thrown: unknown) => thrown);
    expect(store.spans.length).toBeGreaterThan(0);
    expect(error).toMatchObject({
      code: 'SPANS_UNREADABLE',
      message: `cannot read ${cut}: unexpected end of file`,
      hint: expect.stringContaining(
        `Before it: ${counted(store.spans.length, 'span')} stored, 0 spans there already`,
      ) as string,
    });
  });

  it('has read nothing of an empty file', async () => {
    const result = await importSpans([file('empty', [])], {}, memoryStore());
    expect(result).toMatchObject({ readCount: 0, traceCount: 0, times: undefined });
  });
});

function memoryStore(): ImportedSpans & { readonly spans: Span[] } {
  const spans: Span[] = [];
  const known = new Set<string>();
  const idOf = ({ traceId, spanId }: Span): string => `${traceId} ${spanId}`;
  return {
    spans,
    notStored: async (given) => given.filter((span) => !known.has(idOf(span))),
    rejectionOf: () => undefined,
    writeSpans: async (given) => {
      for (const span of given) {
        spans.push(span);
        known.add(idOf(span));
      }
    },
  };
}

function at(offsetNs: number): bigint {
  return 1_661_256_099_000_000_000n + BigInt(offsetNs);
}

function row(trace: string, service: string, offsetNs: number): string {
  return `${trace},1,,${service},GET,${at(offsetNs)},${at(offsetNs + 10)}`;
}

function file(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [HEAD, ...rows, ''].join('\n'));
  return path;
}
