import {
  appendFileSync,
  closeSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SpoolFile } from '../../src/store/spool/spool-file.ts';
import type { InsertFrame } from '../../src/store/spool/spool-frame.ts';
import { trustStore } from '../../src/store/index.ts';
import {
  checkLeftovers,
  createSpool,
  hasLeftovers,
  takeLeftovers,
} from '../../src/store/spool/spool-folder.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-spool-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FRAME: fc.Arbitrary<InsertFrame> = fc.record({
  table: fc.constantFrom('otel_traces', 'callgauge_runs'),
  columns: fc.constant(['Timestamp', 'Events.Name']),
  token: fc.uuid(),
  rows: fc.nat(),
  blocks: fc
    .array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 3 })
    .map((blocks) => blocks.map((bytes) => Buffer.from(bytes))),
});

const STEP = fc.oneof(
  FRAME.map((frame) => ({ does: 'append', frame }) as const),
  fc.constant({ does: 'take' } as const),
  fc.constant({ does: 'reopen' } as const),
);

test('gives back each insert once and in order, however often it is opened anew', () => {
  let files = 0;
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 30 }), (steps) => {
      const path = join(folder, `${++files}`);
      let file: SpoolFile | undefined = SpoolFile.create(path);
      const waiting: InsertFrame[] = [];
      for (const step of steps) {
        if (step.does === 'append') {
          const { blocks, rows } = step.frame;
          // In parts under one token, which make one insert.
          for (const block of blocks) file.append({ ...step.frame, blocks: [block] });
          waiting.push({ ...step.frame, rows: rows * blocks.length });
        } else if (step.does === 'take') {
          expect(file.peek()).toEqual(waiting[0]);
          if (waiting.shift()) file.done();
        } else {
          file.close();
          file = SpoolFile.open(path);
          if (!file) throw new Error('unreachable: it is a spool');
        }
      }
      expect(file.peek()).toEqual(waiting[0]);
      file.remove();
    }),
  );
});

/** An insert of its own into a table of ours. */
function frameOf(token: string, table = 'callgauge_runs'): InsertFrame {
  return { table, columns: ['RunId'], token, rows: 2, blocks: [Buffer.from(`rows of ${token}`)] };
}

/** Writes a file of the inserts, and returns where each ends; the first number is its begin. */
function written(path: string, frames: readonly InsertFrame[]): readonly number[] {
  const file = SpoolFile.create(path);
  const ends = [statSync(path).size];
  for (const frame of frames) {
    file.append(frame);
    ends.push(statSync(path).size);
  }
  file.close();
  return ends;
}

/** Changes bytes of a file where it is. */
function changed(path: string, change: (bytes: Buffer) => Buffer | void): void {
  const bytes = readFileSync(path);
  const fd = openSync(path, 'r+');
  const now = change(bytes) ?? bytes;
  ftruncateSync(fd, now.length);
  writeSync(fd, now, 0, now.length, 0);
  closeSync(fd);
}

/** Takes all that is whole, and returns the tokens; the file is removed. */
function emptied(path: string): { readonly tokens: string[]; readonly keptAs: string | undefined } {
  const file = SpoolFile.open(path);
  if (!file) throw new Error('unreachable: it is a spool');
  const tokens: string[] = [];
  for (let frame = file.peek(); frame; frame = file.peek()) {
    tokens.push(frame.token);
    file.done();
  }
  file.remove();
  return { tokens, keptAs: file.keptAs };
}

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('passes over an insert that a kill cut off, and keeps the file beside', () => {
  const path = join(folder, '1.spool');
  const [, whole = 0, end = 0] = written(path, [frameOf('a'), frameOf('b')]);
  const bytes = readFileSync(path);
  for (let size = whole; size < end; size++) {
    written(path + size, [frameOf('a'), frameOf('b')]);
    changed(path + size, (all) => all.subarray(0, size));
    const { tokens, keptAs } = emptied(path + size);
    expect(tokens).toEqual(['a']);
    expect(keptAs === undefined).toBe(size === whole);
    if (keptAs === undefined) continue;
    expect(readFileSync(keptAs)).toHaveLength(size);
    rmSync(keptAs);
  }
  expect(bytes).toHaveLength(end);
});

test('stores what is intact behind any byte that is damaged, and keeps the file beside', () => {
  const tokens = ['a', 'b', 'c'];
  const frames = tokens.map((token) => frameOf(token));
  const path = join(folder, '1.spool');
  const ends = written(path, frames);
  const [, from = 0, to = 0] = ends;
  for (let at = from; at < to; at++) {
    rmSync(path, { force: true });
    written(path, frames);
    changed(path, (bytes) => void (bytes[at] = (bytes[at] ?? 0) ^ 1));
    const found = emptied(path);
    expect(found.tokens.slice(0, 1), `byte ${at}`).toEqual(['a']);
    expect(found.tokens).not.toContain('b');
    // The lengths of its two parts tell where the next one begins.
    if (at >= from + 8) expect(found.tokens).toEqual(['a', 'c']);
    expect(found.keptAs).toBe(join(folder, '1.damaged'));
    expect(readFileSync(join(folder, '1.damaged'))).toHaveLength(ends.at(-1) ?? 0);
    rmSync(join(folder, '1.damaged'));
  }
});

test('keeps a damaged file beside once, also where the store refuses in the middle of it', () => {
  const path = join(folder, '1.spool');
  const [, , to = 0] = written(
    path,
    ['a', 'b', 'c'].map((token) => frameOf(token)),
  );
  changed(path, (bytes) => void (bytes[to - 1] = (bytes[to - 1] ?? 0) ^ 1));
  const first = SpoolFile.open(path);
  first?.peek();
  first?.done();
  expect(first?.peek()?.token).toBe('c');
  first?.close();
  expect(emptied(path)).toEqual({ tokens: ['c'], keptAs: join(folder, '1.damaged') });
  expect(readdirSync(folder)).toEqual(['1.damaged']);
  // Another one of that name does not take its place.
  const [, , end = 0] = written(path, [frameOf('x'), frameOf('longer')]);
  changed(path, (bytes) => bytes.subarray(0, end - 1));
  expect(emptied(path).keptAs).toBe(join(folder, '1-2.damaged'));
});

test('gives back no insert into a table that is none of ours', () => {
  const path = join(folder, '1.spool');
  const tables = ['billing', 'callgauge_migrations', 'otel_traces_trace_id_ts'];
  written(path, [...tables.map((table) => frameOf(table, table)), frameOf('a')]);
  expect(emptied(path)).toEqual({ tokens: ['a'], keptAs: join(folder, '1.damaged') });
});

describe('a spool that was brought to where it is', () => {
  const brought = (): { readonly store: string; readonly path: string } => {
    const store = join(folder, 'spool', 'local');
    mkdirSync(store, { recursive: true, mode: 0o700 });
    written(join(folder, 'honest'), [frameOf('a')]);
    cpSync(join(folder, 'honest'), join(store, '0.spool'), { preserveTimestamps: true });
    return { store, path: join(store, '0.spool') };
  };
  const refused = (message: string, hint: string): unknown =>
    expect.objectContaining({
      code: 'STORE_UNTRUSTED',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });

  test('is refused, and stays as it is', () => {
    const { store, path } = brought();
    const error = refused(`${path} was not written by callgauge`, `store trust --dir ${folder}`);
    expect(thrown(() => checkLeftovers(store))).toEqual(error);
    expect(thrown(() => takeLeftovers(store))).toEqual(error);
    expect(readdirSync(store)).toEqual(['0.spool']);
  });

  test('is taken over by store trust, once', () => {
    const { store, path } = brought();
    expect(trustStore({ dir: folder })).toEqual({ store: undefined, spools: [path] });
    expect(trustStore({ dir: folder })).toEqual({ store: undefined, spools: [] });
    const [file] = takeLeftovers(store);
    expect(file?.peek()).toEqual(frameOf('a'));
    file?.close();
  });

  test('is not taken over where it is no spool', () => {
    const { store, path } = brought();
    writeFileSync(path, 'x'.repeat(200));
    expect(trustStore({ dir: folder }).spools).toEqual([]);
    expect(thrown(() => takeLeftovers(store))).toEqual(refused("none of callgauge's", 'Remove'));
  });
});

test('takes only files of processes that are gone, and leaves no empty ones', () => {
  const own = createSpool(folder);
  expect(statSync(own.path).mode & 0o777).toBe(0o600);
  writeFileSync(join(folder, 'empty.spool'), '');
  appendFileSync(join(folder, 'note.txt'), 'no spool at all');
  expect(takeLeftovers(folder)).toEqual([]);
  own.leaveAs(join(folder, '1.spool'));
  expect(hasLeftovers(folder)).toBe(true);
  const [taken, ...others] = takeLeftovers(folder);
  expect(others).toEqual([]);
  // It is this process's own now.
  expect(hasLeftovers(folder)).toBe(false);
  taken?.remove();
  expect(takeLeftovers(join(folder, 'none'))).toEqual([]);
  expect(readdirSync(folder)).toEqual(['note.txt']);
});
