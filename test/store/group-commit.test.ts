import { describe, expect, test } from 'vitest';
import { HarnessError, NS_PER_MS, VirtualClock } from '../../src/core/index.ts';
import { GroupCommit, type GroupCommitOptions } from '../../src/store/group-commit.ts';

const INTERVAL_NS = 100 * NS_PER_MS;

/** Inserts that the test answers one by one. */
class FakeTable {
  readonly inserts: { readonly rows: readonly number[]; readonly token: string }[] = [];
  #answers: { resolve: () => void; reject: (error: Error) => void }[] = [];

  insert = (rows: readonly number[], token: string): Promise<void> => {
    this.inserts.push({ rows, token });
    return new Promise((resolve, reject) => {
      this.#answers.push({ resolve, reject });
    });
  };

  async succeed(): Promise<void> {
    this.#answers.shift()?.resolve();
    await turn();
  }

  async fail(message: string): Promise<void> {
    this.#answers.shift()?.reject(new Error(message));
    await turn();
  }
}

/** Lets everything that is ready run. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function setUp(options: Partial<GroupCommitOptions<number>> = {}) {
  const clock = new VirtualClock();
  const table = new FakeTable();
  let tokens = 0;
  const group = new GroupCommit<number>({
    what: 'rows',
    clock,
    insert: table.insert,
    isPassing: (error) => error instanceof Error && error.message === 'passing',
    newToken: () => `token-${++tokens}`,
    rowsMax: 10,
    batchRows: 4,
    intervalNs: INTERVAL_NS,
    retryDelaysNs: [10, 20],
    ...options,
  });
  return { clock, table, group };
}

/** Returns what became of a write: `waiting` until it is settled. */
function fateOf(write: Promise<void>): { now: string } {
  const fate = { now: 'waiting' };
  write.then(
    () => (fate.now = 'durable'),
    (error: unknown) => (fate.now = String(error)),
  );
  return fate;
}

describe('group commit', () => {
  test('a write is acknowledged when its insert has ended, not before', async () => {
    const { table, group } = setUp();
    const fate = fateOf(group.write([1, 2]));
    await turn();
    expect(table.inserts.map((insert) => insert.rows)).toEqual([[1, 2]]);
    expect(fate.now).toBe('waiting');
    await table.succeed();
    expect(fate.now).toBe('durable');
  });

  test('what comes during an insert goes together in the next, in the order of the writes', async () => {
    const { clock, table, group } = setUp();
    const first = fateOf(group.write([1]));
    await turn();
    const second = fateOf(group.write([2]));
    const third = fateOf(group.write([3]));
    await table.succeed();
    expect(first.now).toBe('durable');
    clock.advance(INTERVAL_NS);
    await turn();
    expect(table.inserts.map((insert) => insert.rows)).toEqual([[1], [2, 3]]);
    await table.succeed();
    expect([second.now, third.now]).toEqual(['durable', 'durable']);
  });

  test('inserts begin at least the interval apart', async () => {
    const { clock, table, group } = setUp();
    void group.write([1]);
    await turn();
    await table.succeed();
    void group.write([2]);
    clock.advance(INTERVAL_NS - 1);
    await turn();
    expect(table.inserts).toHaveLength(1);
    clock.advance(1);
    await turn();
    expect(table.inserts).toHaveLength(2);
  });

  test('a few inserts may follow each other at once, and are the interval apart then', async () => {
    const { clock, table, group } = setUp({ burst: 3 });
    const write = async (row: number): Promise<void> => {
      void group.write([row]);
      await turn();
      await table.succeed();
    };
    for (const row of [1, 2, 3, 4]) await write(row);
    expect(table.inserts).toHaveLength(3);
    clock.advance(INTERVAL_NS - 1);
    await turn();
    expect(table.inserts).toHaveLength(3);
    clock.advance(1);
    await turn();
    await table.succeed();
    expect(table.inserts).toHaveLength(4);
    // What was not used in a while comes back, up to the bound.
    clock.advance(10 * INTERVAL_NS);
    for (const row of [5, 6, 7, 8]) await write(row);
    expect(table.inserts).toHaveLength(7);
  });

  test('a batch takes whole writes up to its bound and leaves the others for the next', async () => {
    const { clock, table, group } = setUp();
    void group.write([1, 2, 3]);
    void group.write([4, 5]);
    void group.write([6]);
    await turn();
    await table.succeed();
    clock.advance(INTERVAL_NS);
    await turn();
    expect(table.inserts.map((insert) => insert.rows)).toEqual([[1, 2, 3, 4, 5], [6]]);
  });

  test('a write that does not fit is refused whole, and room comes back with acknowledgement', async () => {
    const { table, group } = setUp();
    const full = fateOf(group.write([1, 2, 3, 4, 5, 6, 7, 8, 9]));
    await turn();
    await expect(group.write([10, 11])).rejects.toMatchObject({ code: 'STORE_OVERFLOW' });
    expect(group.rowCount).toBe(9);
    await table.succeed();
    expect(full.now).toBe('durable');
    expect(group.rowCount).toBe(0);
    const after = fateOf(group.write([10, 11]));
    await turn();
    expect(after.now).toBe('waiting');
  });

  test('a passing failure is tried again under the same token', async () => {
    const { clock, table, group } = setUp();
    const fate = fateOf(group.write([1]));
    await turn();
    await table.fail('passing');
    clock.advance(10);
    await turn();
    await table.fail('passing');
    clock.advance(20);
    await turn();
    await table.succeed();
    expect(fate.now).toBe('durable');
    expect(new Set(table.inserts.map((insert) => insert.token))).toEqual(new Set(['token-1']));
    expect(table.inserts).toHaveLength(3);
  });

  test('after the last try the write fails, and the next batch goes on under another token', async () => {
    const { clock, table, group } = setUp({ retryDelaysNs: [10] });
    const lost = fateOf(group.write([1]));
    await turn();
    await table.fail('passing');
    clock.advance(10);
    await turn();
    const next = fateOf(group.write([2]));
    await table.fail('passing');
    expect(lost.now).toBe('Error: passing');
    expect(group.rowCount).toBe(1);
    clock.advance(INTERVAL_NS);
    await turn();
    await table.succeed();
    expect(next.now).toBe('durable');
    expect(table.inserts.at(-1)).toEqual({ rows: [2], token: 'token-2' });
  });

  test('a lasting failure is not tried again', async () => {
    const { table, group } = setUp();
    const fate = fateOf(group.write([1]));
    await turn();
    await table.fail('refused');
    expect(fate.now).toBe('Error: refused');
    expect(table.inserts).toHaveLength(1);
  });

  test('settled waits for what waits, and nothing is inserted for no rows', async () => {
    const { table, group } = setUp();
    await group.write([]);
    await group.settled();
    expect(table.inserts).toHaveLength(0);
    void group.write([1]);
    const settled = fateOf(group.settled());
    await turn();
    expect(settled.now).toBe('waiting');
    await table.succeed();
    expect(settled.now).toBe('durable');
  });

  test('the refusal tells how many rows and what the bound is', async () => {
    const { group } = setUp({ rowsMax: 1 });
    await expect(group.write([1, 2])).rejects.toThrow(HarnessError);
    await expect(group.write([1, 2])).rejects.toThrow(
      '2 rows were not taken: 0 wait for the store, at most 1 may',
    );
  });
});
