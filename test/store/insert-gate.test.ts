import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HarnessError, NS_PER_SEC, VirtualClock } from '../../src/core/index.ts';
import { InsertGate, type InsertGateOptions } from '../../src/store/insert-gate.ts';
import type { InsertFrame } from '../../src/store/spool/spool-frame.ts';
import { isPassing } from '../../src/store/store-error.ts';
import { createSpool, takeLeftovers } from '../../src/store/spool/spool-folder.ts';
import { storeLeftovers } from '../../src/store/spool/store-leftovers.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-spool-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store that can be away: it refuses, or it does not answer. It takes a token once. */
class FakeStore {
  readonly taken: string[] = [];
  mode: 'up' | 'refuses' | 'frozen' = 'up';
  tries = 0;

  insert = async ({ token }: InsertFrame): Promise<void> => {
    this.tries++;
    if (this.mode === 'frozen') await new Promise(() => {});
    if (this.mode === 'refuses') throw new HarnessError('STORE_UNREACHABLE', 'gone', { hint: '' });
    this.taken.push(token);
  };
}

function frameOf(token: string, block = 'rows of it'): InsertFrame {
  return {
    table: 'callgauge_runs',
    columns: ['RunId'],
    token,
    rows: 2,
    blocks: [Buffer.from(block)],
  };
}

function setUp(options: Partial<InsertGateOptions> = {}) {
  const clock = new VirtualClock();
  const store = new FakeStore();
  const notices: string[] = [];
  const gate = new InsertGate({
    clock,
    insert: store.insert,
    isPassing,
    newSpool: () => createSpool(folder),
    onNotice: (text) => notices.push(text),
    ...options,
  });
  return { clock, store, notices, gate };
}

/** Lets the time go by in small steps, so that what waits is set anew on the way. */
async function pass(clock: VirtualClock, sec: number): Promise<void> {
  for (let step = 0; step < sec * 10; step++) {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    clock.advance(NS_PER_SEC / 10);
  }
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Returns how an insert ended: `waiting` until it has. */
function fateOf(insert: Promise<boolean>): { now: string } {
  const fate = { now: 'waiting' };
  insert.then(
    (isStored) => (fate.now = isStored ? 'stored' : 'spooled'),
    (error: unknown) => (fate.now = String(error)),
  );
  return fate;
}

describe.each(['refuses', 'frozen'] as const)('a store that %s', (mode) => {
  test('has an insert acknowledged from disk within 4 s, those that follow at once', async () => {
    const { clock, store, gate, notices } = setUp();
    store.mode = mode;
    const first = fateOf(gate.insert(frameOf('a')));
    await pass(clock, 4);
    const tries = store.tries;
    const second = fateOf(gate.insert(frameOf('b')));
    await pass(clock, 0.1);
    expect([first.now, second.now]).toEqual(['spooled', 'spooled']);
    expect(store.tries).toBeLessThanOrEqual(tries + 1);
    expect(gate.state).toMatchObject({ kind: 'not-stored', spool: folder, lostRows: 0 });
    expect(notices).toHaveLength(1);
    await gate.close();
  });

  test('is given what waited once it is back, in order and once', async () => {
    const { clock, store, gate, notices } = setUp();
    store.mode = mode;
    const inserts = ['a', 'b', 'c'].map((token) => gate.insert(frameOf(token)));
    await pass(clock, 4);
    store.mode = 'up';
    let isBack = false;
    void gate.back().then(() => (isBack = true));
    await pass(clock, 25);
    await Promise.all(inserts);
    expect(isBack).toBe(true);
    expect(new Set(store.taken)).toEqual(new Set(['a', 'b', 'c']));
    expect(store.taken).toHaveLength(3);
    expect(gate.state).toEqual({ kind: 'stored' });
    expect(notices.at(-1)).toContain('takes results again; 6 rows');
    expect(await gate.insert(frameOf('d'))).toBe(true);
  });

  test('is not waited for once the user has asked for the end', async () => {
    const { clock, store, gate } = setUp();
    store.mode = mode;
    const first = fateOf(gate.insert(frameOf('a')));
    await pass(clock, 0.5);
    gate.hurry();
    await pass(clock, 1.2);
    expect(first.now).toBe('spooled');
    await gate.close();
  });
});

test('a healthy store takes inserts after the user has asked for the end, too', async () => {
  const { store, gate } = setUp();
  gate.hurry();
  expect(await gate.insert(frameOf('a'))).toBe(true);
  expect(store.taken).toEqual(['a']);
});

test('a store that says no to the first insert is not away: nothing was lost yet', async () => {
  const { gate, store } = setUp({ isPassing: () => false });
  store.mode = 'refuses';
  await expect(gate.insert(frameOf('a'))).rejects.toThrow('gone');
  expect(gate.state).toEqual({ kind: 'stored' });
});

test('what neither the store nor the disk takes is counted and said', async () => {
  const full = (): never => {
    throw new Error('ENOSPC: no space left on device');
  };
  const { clock, store, gate, notices } = setUp({ newSpool: full });
  store.mode = 'refuses';
  const fates = ['a', 'b'].map((token) => fateOf(gate.insert(frameOf(token))));
  await pass(clock, 4);
  for (const fate of fates) expect(fate.now).toContain('does not take 2 rows: ENOSPC');
  expect(gate.state).toMatchObject({ kind: 'not-stored', spool: undefined, lostRows: 4 });
  // Who wrote it hears of it, and nobody is told that it waits.
  expect(notices).toEqual([]);
  store.mode = 'up';
  await pass(clock, 3);
  // It is back, and yet the run is not whole there.
  expect(await gate.insert(frameOf('c'))).toBe(true);
  expect(gate.state).toMatchObject({ kind: 'not-stored', lostRows: 4 });
});

test('a spool holds no more than its bound', async () => {
  const { clock, store, gate } = setUp({ spoolBytesMax: 400 });
  store.mode = 'refuses';
  const first = fateOf(gate.insert(frameOf('a', 'x'.repeat(200))));
  await pass(clock, 4);
  const second = fateOf(gate.insert(frameOf('b', 'x'.repeat(200))));
  await pass(clock, 0.1);
  expect(first.now).toBe('spooled');
  expect(second.now).toContain('the most that may');
  await gate.close();
});

test('what waits when a command ends is stored by the next, once', async () => {
  const { clock, store, gate } = setUp();
  store.mode = 'refuses';
  const inserts = ['a', 'b'].map((token) => gate.insert(frameOf(token)));
  await pass(clock, 4);
  await Promise.all(inserts);
  await gate.close();
  const notices: string[] = [];
  const next = new FakeStore();
  const taking = { insertFrame: next.insert };
  const options = { folder, clock, onNotice: (text: string) => void notices.push(text) };
  next.mode = 'refuses';
  await storeLeftovers(taking, options);
  expect(notices).toEqual([`the store does not take what waits for it in ${folder}: gone`]);
  next.mode = 'up';
  await storeLeftovers(taking, options);
  await storeLeftovers(taking, options);
  expect(next.taken).toEqual(['a', 'b']);
  expect(notices.at(-1)).toBe('4 rows that waited on disk for the store are in it now');
  expect(takeLeftovers(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(true);
});

test('what the disk damaged meanwhile is counted and said, and the rest is stored', async () => {
  const { clock, store, gate, notices } = setUp();
  store.mode = 'refuses';
  const inserts = ['a', 'b', 'c'].map((token) => gate.insert(frameOf(token)));
  await pass(clock, 4);
  await Promise.all(inserts);
  const [name = ''] = readdirSync(folder);
  const bytes = readFileSync(join(folder, name));
  const at = bytes.indexOf('"token":"b"') + 9;
  const fd = openSync(join(folder, name), 'r+');
  writeSync(fd, 'X', at);
  closeSync(fd);
  store.mode = 'up';
  await pass(clock, 4);
  expect(store.taken).toEqual(['a', 'c']);
  expect(gate.state).toMatchObject({ kind: 'not-stored', lostRows: 2, spool: undefined });
  expect(notices.join()).toContain('.damaged');
  expect(readdirSync(folder)).toHaveLength(1);
  await gate.close();
});
