import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshStore, type FreshStore } from './local-store.ts';

/** Begins in the second 0x691fab80 of the epoch. */
const runId = '691fab800000beef';

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(() => fresh.close());

test('why connections could not be opened adds up', async () => {
  const { sink, source, connection } = fresh.store;
  const failed = { phase: 'steady', target: 'it’s', text: 'EMFILE' } as const;
  const inHandshake = { ...failed, text: 'ECONNRESET in the TLS handshake' };
  await sink.writeConnectErrors(runId, [
    { ...failed, second: 0, count: 3 },
    { ...failed, second: 4, count: 2 ** 40 },
    { ...inHandshake, second: 4, count: 7 },
    { ...failed, second: 4, phase: 'warm-up', count: 1 },
    { ...failed, second: 4, target: 'other', count: 2 },
  ]);
  const read = await source.connectErrors(runId);
  expect(read).toHaveLength(4);
  expect(read).toEqual(
    expect.arrayContaining([
      { ...failed, second: 0, count: 2 ** 40 + 3 },
      { ...inHandshake, second: 0, count: 7 },
      { ...failed, second: 0, phase: 'warm-up', count: 1 },
      { ...failed, second: 0, target: 'other', count: 2 },
    ]),
  );
  const rows = await connection.select<{ at: string; reason: string; n: string }>(
    `SELECT toString(max(toUnixTimestamp(Time))) AS at, Reason AS reason, toString(sum(Count)) AS n
     FROM callgauge_connect_errors WHERE RunId = {runId:String} AND Second = 4
     GROUP BY reason ORDER BY reason`,
    { runId },
  );
  const at = String(0x691fab80 + 4);
  expect(rows).toEqual([
    { at, reason: 'descriptors', n: String(2 ** 40 + 3) },
    { at, reason: 'tls', n: '7' },
  ]);
  expect(await source.connectErrors('0000000000000000')).toEqual([]);
});
