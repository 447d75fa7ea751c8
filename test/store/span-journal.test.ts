import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, VirtualClock, type Span } from '../../src/core/index.ts';
import { identitiesOf, spanBlock, spansOf } from '../../src/native/index.ts';
import { createSpool, spoolFolder } from '../../src/store/spool/spool-folder.ts';
import type { InsertFrame } from '../../src/store/spool/spool-frame.ts';
import { SpanJournal, type SpanJournalOptions } from '../../src/store/spool/span-journal.ts';
import { storeLeftovers } from '../../src/store/spool/store-leftovers.ts';
import { arbitrarySpan } from '../arbitrary-span.ts';

let folder = '';
beforeEach(() => (folder = spoolFolder(mkdtempSync(join(tmpdir(), 'journal-')))));
afterEach(() => rmSync(join(folder, '../..'), { recursive: true, force: true }));

const samples = fc.sample(arbitrarySpan(1_790_000_000_000_000_000n), { numRuns: 6, seed: 3 });

/** Distinct spans, named by their numbers. */
function spans(from: number, to: number): readonly Span[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    ...(samples[index % samples.length] as Span),
    name: `span ${from + index}`,
    spanId: (from + index).toString(16).padStart(16, '0'),
  }));
}

/** A store that takes each token once, and can be away, or lose its answer. */
class FakeStore {
  readonly names: string[] = [];
  readonly tokens: string[] = [];
  isAway = false;
  losesAnswer = false;

  insert = async ({ token, rows, blocks }: InsertFrame): Promise<void> => {
    if (this.isAway) throw new Error('refused to connect');
    if (!this.tokens.includes(token)) {
      this.tokens.push(token);
      for (const block of blocks) this.names.push(...namesIn(block));
    }
    expect(rows).toBeGreaterThan(0);
    if (this.losesAnswer) throw new Error('the connection was reset');
  };
}

function namesIn(bytes: Buffer): readonly string[] {
  // The second number of a block is how many rows it has, in one byte here.
  const block = { bytes: bytes as Buffer<ArrayBuffer>, rows: bytes[1] ?? 0 };
  return [...spansOf(block)].map(({ name }) => name);
}

function setUp(options: Partial<SpanJournalOptions> = {}) {
  const clock = new VirtualClock();
  const store = new FakeStore();
  const notices: string[] = [];
  const journal = new SpanJournal({
    clock,
    newFile: () => createSpool(folder),
    insert: store.insert,
    onNotice: (text) => notices.push(text),
    ...options,
  });
  return { clock, store, notices, journal };
}

const namesOf = (from: number, to: number): readonly string[] =>
  spans(from, to).map(({ name }) => name);
const filesLeft = (): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
/** Lets everything run that waits for no time. */
const turns = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));

describe('a journal of spans', () => {
  it('has what was appended on disk at once, and in the store soon, as few inserts', async () => {
    const { journal, store, clock } = setUp();
    journal.append(spanBlock(spans(1, 3)));
    expect(filesLeft()).toHaveLength(1);
    await turns();
    clock.advance(20 * NS_PER_MS);
    journal.append(spanBlock(spans(4, 4)));
    clock.advance(20 * NS_PER_MS);
    expect(store.tokens).toEqual([]);
    clock.advance(5 * NS_PER_MS);
    await turns();
    expect(store.names).toEqual(namesOf(1, 4));
    journal.append(spanBlock(spans(5, 6)));
    clock.advance(NS_PER_SEC);
    await journal.settled();
    expect(store.names).toEqual(namesOf(1, 6));
    expect(store.tokens).toHaveLength(2);
    expect(filesLeft()).toEqual([]);
    expect(journal.rows).toBe(0);
  });

  it('does not wait for the end of what comes without a pause', async () => {
    const { journal, store, clock } = setUp();
    for (let ms = 0; ms < 1_000; ms += 10) {
      journal.append(spanBlock(spans(ms, ms)));
      clock.advance(10 * NS_PER_MS);
      await turns();
    }
    expect(store.tokens).toHaveLength(3);
    expect(store.names.length).toBeGreaterThan(80);
    clock.advance(NS_PER_SEC);
    await journal.settled();
    expect(store.names).toHaveLength(100);
  });

  it('makes a second insert beside one that takes long, once enough waits, and no third', async () => {
    const store = new FakeStore();
    const ends: (() => void)[] = [];
    const insert = async (frame: InsertFrame): Promise<void> => {
      await new Promise<void>((resolve) => void ends.push(resolve));
      await store.insert(frame);
    };
    const { journal, clock } = setUp({ insert, enoughRows: 3 });
    const append = async (from: number, to: number): Promise<void> => {
      journal.append(spanBlock(spans(from, to)));
      clock.advance(NS_PER_SEC);
      await turns();
    };
    await append(1, 1);
    expect(ends).toHaveLength(1);
    await append(2, 3);
    expect(ends).toHaveLength(1);
    await append(4, 4);
    expect(ends).toHaveLength(2);
    await append(5, 9);
    expect(ends).toHaveLength(2);
    expect(filesLeft()).toHaveLength(3);
    // The second is in the store before the first.
    ends[1]?.();
    await turns();
    expect(ends).toHaveLength(3);
    ends[0]?.();
    ends[2]?.();
    await journal.settled();
    expect(store.names).toEqual([...namesOf(2, 4), ...namesOf(1, 1), ...namesOf(5, 9)]);
    expect(filesLeft()).toEqual([]);
  });

  it('gives the memory of blocks back where too much is held, and reads their file', async () => {
    const { journal, store, clock } = setUp({ memoryBytesMax: 0 });
    const blocks = [spanBlock(spans(1, 2)), spanBlock(spans(3, 3)), spanBlock(spans(4, 6))];
    for (const block of blocks) journal.append(block);
    expect(blocks.map(({ bytes }) => bytes.buffer.detached)).toEqual([true, true, true]);
    clock.advance(NS_PER_SEC);
    await journal.settled();
    expect(store.names).toEqual(namesOf(1, 6));
  });

  it('keeps asking a store that is away, says so once, and that it is back', async () => {
    const { journal, store, clock, notices } = setUp();
    store.isAway = true;
    journal.append(spanBlock(spans(1, 2)));
    for (let second = 0; second < 5; second++) {
      await turns();
      clock.advance(NS_PER_SEC);
    }
    journal.append(spanBlock(spans(3, 3)));
    expect(journal.rows).toBe(3);
    store.isAway = false;
    for (let second = 0; journal.rows > 0 && second < 100; second++) {
      clock.advance(NS_PER_SEC);
      await turns();
    }
    expect(store.names).toEqual(namesOf(1, 3));
    expect(notices).toEqual([
      'refused to connect; spans wait on disk until the store takes them',
      'the store takes spans again',
    ]);
  });

  it.each(['held in memory', 'read again from disk'])(
    'counts once what the store took though its answer was lost, %s',
    async (where) => {
      const { journal, store, clock } = setUp();
      store.losesAnswer = true;
      journal.append(spanBlock(spans(1, 2)));
      await turns();
      if (where === 'held in memory') {
        store.losesAnswer = false;
        clock.advance(2 * NS_PER_SEC);
        await journal.settled();
      } else {
        await journal.close();
        store.losesAnswer = false;
        await storeLeftovers({ insertFrame: store.insert }, { folder, clock, onNotice: undefined });
      }
      expect(store.names).toEqual(namesOf(1, 2));
      expect(filesLeft()).toEqual([]);
    },
  );

  it('leaves to the next command what the store does not take, as the inserts it would be', async () => {
    const { journal, store, clock, notices } = setUp();
    store.isAway = true;
    journal.append(spanBlock(spans(1, 2)));
    clock.advance(25 * NS_PER_MS);
    await turns();
    journal.append(spanBlock(spans(3, 4)));
    journal.append(spanBlock(spans(5, 5)));
    await journal.close();
    expect(notices.at(-1)).toBe('5 spans wait on disk for the next command: refused to connect');
    store.isAway = false;
    const options = { folder, clock, onNotice: undefined };
    const replayed = await storeLeftovers({ insertFrame: store.insert }, options);
    expect(store.names).toEqual(namesOf(1, 5));
    const identities = (from: number, to: number): readonly number[] => [
      ...identitiesOf(spanBlock(spans(from, to))),
    ];
    expect(replayed.flatMap((words) => [...words])).toEqual([
      ...identities(1, 2),
      ...identities(3, 4),
      ...identities(5, 5),
    ]);
    expect(store.tokens).toHaveLength(2);
  });

  it('refuses what is past its bound, or what the disk does not take, and goes on', async () => {
    const bound = setUp({ bytesMax: 10 });
    const overflow = { code: 'STORE_OVERFLOW' };
    expect(() => bound.journal.append(spanBlock(spans(1, 1)))).toThrow(
      expect.objectContaining(overflow),
    );
    let isFull = true;
    const { journal, store, clock } = setUp({
      newFile: () => {
        if (isFull) throw new Error('ENOSPC: no space left on device');
        return createSpool(folder);
      },
    });
    expect(() => journal.append(spanBlock(spans(1, 1)))).toThrow(
      expect.objectContaining({
        ...overflow,
        message: expect.stringContaining('ENOSPC') as string,
      }),
    );
    isFull = false;
    journal.append(spanBlock(spans(1, 1)));
    clock.advance(NS_PER_SEC);
    await journal.settled();
    expect(store.names).toEqual(namesOf(1, 1));
  });
});
