import { describe, expect, it } from 'vitest';
import { TouchTable } from '../../src/faults/index.ts';
import type { TouchedConnection, TouchedRequest } from '../../src/toxics/index.ts';

function request(traceId: string, spanId = 'b7'): TouchedRequest {
  return { proxy: 'payment', toxic: 'stall', traceId, spanId, atEpochMs: 1 };
}

function connection(
  clientPort: number,
  fromEpochMs: number,
  ends: { readonly isDown?: boolean; readonly isIdle?: boolean } = {},
): TouchedConnection {
  const place = { proxy: 'payment', toxic: 'stall', clientPort };
  const times = { fromEpochMs, toEpochMs: fromEpochMs + 1 };
  return { ...place, ...times, isDown: false, isIdle: false, ...ends };
}

const ALL = { fromEpochMs: -Infinity, toEpochMs: Infinity };

describe('a table of touches', () => {
  it('forgets the traces that came first past its bound, and counts their requests', () => {
    const table = new TouchTable({ requestsMax: 3 });
    const requests = [request('a'), request('a', 'b8'), request('b'), request('c')];
    table.add({ requests, connections: [], lost: 5 });
    expect(['a', 'b', 'c'].map((id) => table.ofTrace(id).length)).toEqual([0, 1, 1]);
    expect(table.lost).toBe(7);
  });

  it('forgets the connections that came first past its bound, not that some were touched', () => {
    const table = new TouchTable({ connectionsMax: 2 });
    const connections = [connection(1, 0), connection(2, 10), connection(3, 20)];
    table.add({ requests: [], connections, lost: 0 });
    const place = { proxy: 'payment', toxic: 'stall' };
    const known = [1, 2, 3].map((clientPort) => table.onConnection({ ...place, clientPort }, ALL));
    expect(known).toEqual([false, true, true]);
    expect(table.onUnknown(place, { fromEpochMs: 0, toEpochMs: 0 })).toBe(true);
    expect(table.lost).toBe(1);
  });

  it('forgets the earliest stretches of a connection past its bound', () => {
    const table = new TouchTable({ stretchesMax: 2 });
    const connections = [connection(1, 0), connection(1, 10), connection(1, 20)];
    table.add({ requests: [], connections, lost: 0 });
    const place = { proxy: 'payment', toxic: 'stall', clientPort: 1 };
    const at = (ms: number): boolean =>
      table.onConnection(place, { fromEpochMs: ms, toEpochMs: ms });
    expect([0, 10, 20].map(at)).toEqual([false, true, true]);
    expect(table.lost).toBe(2);
  });

  it('lets a client go on with a connection that is down until it hears of it', () => {
    const table = new TouchTable();
    const connections = [connection(1, 0, { isDown: true }), connection(2, 5_000, IDLE)];
    table.add({ requests: [], connections, lost: 0 });
    const place = { proxy: 'payment', toxic: 'stall' };
    const at = (clientPort: number, ms: number): boolean =>
      table.onConnection({ ...place, clientPort }, { fromEpochMs: ms, toEpochMs: ms + 9 });
    expect([at(1, 900), at(1, 1_100), at(2, 5_900)]).toEqual([true, false, true]);
    // Of those that are not known nobody was on one that was idle.
    const unknown = [0, 900, 5_000].map((ms) =>
      table.onUnknown(place, { fromEpochMs: ms, toEpochMs: ms }),
    );
    expect(unknown).toEqual([true, false, false]);
  });
});

const IDLE = { isDown: true, isIdle: true };
