import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spanBlock, spanBlockOf, spansOf, type SpanBlock } from '../../src/native/index.ts';
import type { SpoolFile } from '../../src/store/spool/spool-file.ts';
import { spoolFolder } from '../../src/store/spool/spool-folder.ts';
import { UndecidedSegments } from '../../src/store/spool/undecided-segments.ts';
import { arbitrarySpan } from '../arbitrary-span.ts';

const samples = fc.sample(arbitrarySpan(1_790_000_000_000_000_000n), { numRuns: 12, seed: 3 });
const blockOf = (from: number, to: number): SpanBlock => spanBlock(samples.slice(from, to));

let folder = '';
beforeEach(() => (folder = spoolFolder(mkdtempSync(join(tmpdir(), 'undecided-')))));
afterEach(() => rmSync(join(folder, '../..'), { recursive: true, force: true }));

const kinds = (): readonly string[] =>
  readdirSync(folder)
    .map((name) => name.split('.').at(-1) ?? '')
    .toSorted();

class Journal {
  readonly isFull = false;
  readonly taken: { readonly names: readonly string[]; readonly rows: number }[] = [];

  take(file: SpoolFile, { rows, token }: { readonly rows: number; readonly token: string }): void {
    const frame = file.peek();
    expect(frame?.token).toBe(token);
    const blocks = (frame?.blocks ?? []).map((bytes) => spanBlockOf(Buffer.from(bytes)));
    const names = blocks.flatMap((block) => [...spansOf(block)].map(({ name }) => name));
    this.taken.push({ names, rows });
    file.remove();
  }
}

function setUp() {
  const journal = new Journal();
  return { journal, log: new UndecidedSegments({ folder, journal }) };
}

describe('segments of undecided spans', () => {
  it('give the store what is kept, the oldest first, and leave nothing behind', async () => {
    const { journal, log } = setUp();
    const first = log.append(blockOf(0, 3));
    expect(log.append(blockOf(3, 5))).toBe(first);
    expect(log.oldest()).toBeUndefined();
    log.seal();
    const second = log.append(blockOf(5, 6));
    expect(second).toBeGreaterThan(first);
    expect(log.oldest()).toBe(first);
    expect(log.bytes).toBeGreaterThan(0);
    await log.release(first, (block) => (block.rows === 2 ? block : undefined));
    expect(journal.taken).toEqual([
      { names: samples.slice(3, 5).map(({ name }) => name), rows: 2 },
    ]);
    log.seal();
    await log.release(second, () => undefined);
    expect(journal.taken).toHaveLength(1);
    expect([log.oldest(), log.bytes]).toEqual([undefined, 0]);
    expect(kinds()).toEqual([]);
    log.close();
  });

  it('end by themselves once they are large', () => {
    const { log } = setUp();
    const large = spanBlock([
      { ...(samples[0] as (typeof samples)[0]), statusMessage: 'x'.repeat(9 * 2 ** 20) },
    ]);
    const segments = [large, large, large].map((block) => log.append(block));
    expect(new Set(segments).size).toBe(2);
    expect(log.oldest()).toBe(segments[0]);
    log.close();
  });

  it('stay as they are where what is kept cannot be written', async () => {
    const { journal, log } = setUp();
    const segment = log.append(blockOf(0, 3));
    log.seal();
    const fail = (): never => {
      throw new Error('no space left on device');
    };
    await expect(log.release(segment, fail)).rejects.toThrow('no space left');
    expect([log.oldest(), kinds()]).toEqual([segment, ['undecided']]);
    await log.release(segment, (block) => block);
    expect(journal.taken).toMatchObject([{ rows: 3 }]);
    log.close();
  });

  it('say what to do where the disk does not take spans', () => {
    const { log } = setUp();
    log.append(blockOf(0, 1));
    log.seal();
    chmodSync(folder, 0o500);
    try {
      // The superuser may write everywhere.
      if (process.getuid?.() === 0) return;
      expect(() => log.append(blockOf(1, 3))).toThrow(/2 spans cannot be put on disk: .*EACCES/u);
    } finally {
      chmodSync(folder, 0o700);
      log.close();
    }
  });

  it('have what is remembered in two files at the most', () => {
    const { log } = setUp();
    const many = Array.from({ length: 2 ** 17 }, (_, i) => ({ high: i, low: 1, limitNs: 0 }));
    for (let round = 0; round < 8; round++) log.remember(many);
    expect(kinds()).toEqual(['kept', 'kept']);
    log.close();
  });
});
