import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  criticalPathOf,
  forestOf,
  networkTimeNs,
  pathRoomOf,
  selfTimeNs,
} from '../../src/spans/index.ts';
import { drawnTrace } from './drawn-trace.ts';
import { tableOf, timedTrace } from './generated-traces.ts';

const MS = 1_000_000;

describe('self time', () => {
  it('is what no child covers, of children that overlap once', () => {
    const forest = forestOf(
      tableOf(
        drawnTrace(`
root    |  ------------   |
  a     |--------         |
  b     |    ----         |
  c     |      ---        |
  d     |             ----|`),
      ),
    );
    expect(selfTimeNs(forest, forest.mainRoot[0] ?? -1) / MS).toBe(4);
  });

  it('is each millisecond in which a span runs and nothing that it waits for does', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const forest = forestOf(tableOf(timedTrace(seed, 'a1')));
        const { table, startsNs } = forest;
        const runs = (i: number, ns: number): boolean =>
          (startsNs[i] ?? 0) <= ns && ns < (startsNs[i] ?? 0) + (table.durationsNs[i] ?? 0);
        for (let s = 0; s < table.spanCount; s++) {
          const children = [...table.parents.keys()].filter(
            (i) => table.parents[i] === s && table.kinds[i] !== CONSUMER,
          );
          // Starts are no whole milliseconds once clocks are brought together by a median.
          const cuts = [s, ...children].flatMap((i) => {
            const fromNs = startsNs[i] ?? 0;
            return [fromNs, fromNs + (table.durationsNs[i] ?? 0)];
          });
          const sorted = [...new Set(cuts)].sort((a, b) => a - b);
          const selfNs = sorted.reduce((sum, ns, k) => {
            const isSelf = runs(s, ns) && !children.some((i) => runs(i, ns));
            return isSelf ? sum + (sorted[k + 1] ?? ns) - ns : sum;
          }, 0);
          expect(selfTimeNs(forest, s)).toBe(selfNs);
        }
      }),
    );
  });
});

describe('network time', () => {
  it('is how much longer the client took than its server, whatever their clocks', () => {
    const forest = forestOf(
      tableOf(
        drawnTrace(`
root           |-----------------|
  @call        |  ------------   |
    #back/get  |-----            |
  @alone       |   --            |
  @late        |   --            |
    #back/get  |   ----          |`),
      ),
    );
    const named = new Map(
      [...forest.table.operations.keys()].map((i) => [
        forest.table.names[forest.table.operations[i] ?? 0],
        networkTimeNs(forest, i),
      ]),
    );
    expect(named.get('call')).toBe(7 * MS);
    expect(named.get('alone')).toBeUndefined();
    expect(named.get('late')).toBeUndefined();
    expect(named.get('root')).toBeUndefined();
  });
});

describe('drag and slack', () => {
  it('are how much the root would gain, and what a span may lose before the root does', () => {
    const forest = forestOf(
      tableOf(
        drawnTrace(`
root       |---------------------|
  a        |  --------------     |
    a1     |    ----------       |
    a2     |    --------         |
  b        |  --------           |
    b1     |   ----              |
  last     |                  -- |
  >send    |                   - |
    <take  |                    --|`),
      ),
    );
    const rooms = pathRoomOf(forest, forest.mainRoot[0] ?? -1);
    const named = Object.fromEntries(
      [...rooms].map(([i, { dragNs, slackNs, isOnPath }]) => [
        forest.table.names[forest.table.operations[i] ?? 0],
        isOnPath ? ['drag', dragNs / MS] : ['slack', slackNs / MS],
      ]),
    );
    expect(named).toEqual({
      root: ['drag', 21],
      a: ['drag', 6],
      a1: ['drag', 2],
      a2: ['slack', 2],
      b: ['slack', 6],
      b1: ['slack', 6],
      last: ['drag', 0],
      send: ['slack', 0],
    });
  });

  it('have every span of the path at no slack and a drag of at most its length', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const forest = forestOf(tableOf(timedTrace(seed, 'a1')));
        const root = forest.mainRoot[0] ?? -1;
        const rooms = pathRoomOf(forest, root);
        for (const { span } of criticalPathOf(forest, root).segments) {
          const room = rooms.get(span);
          expect(room).toMatchObject({ slackNs: 0, isOnPath: true });
          expect(room?.dragNs).toBeLessThanOrEqual(forest.table.durationsNs[span] ?? 0);
        }
        for (const { dragNs, slackNs } of rooms.values()) {
          expect(dragNs).toBeGreaterThanOrEqual(0);
          expect(slackNs).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

const CONSUMER = 5;
