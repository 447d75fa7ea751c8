import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ToldTouches } from '../../../src/proxy/admin/told-touches.ts';
import { NO_TOUCHES, type TouchedRequest, type Touches } from '../../../src/toxics/index.ts';

interface Answer extends Touches {
  readonly version: number;
  readonly cursor: string;
  readonly more: boolean;
}

/** Proxies that touch what the test says, and a reader of what they tell. */
function told(max = 100): {
  readonly touch: (...traceIds: readonly string[]) => void;
  readonly lose: (count: number) => void;
  readonly ask: (query?: string) => Promise<Answer>;
} {
  let waiting: Touches = NO_TOUCHES;
  const touches = new ToldTouches(
    async () => {
      const taken = waiting;
      waiting = NO_TOUCHES;
      return taken;
    },
    'abc0',
    max,
  );
  return {
    touch: (...ids) => {
      waiting = { ...waiting, requests: [...waiting.requests, ...ids.map(requestOf)] };
    },
    lose: (count) => {
      waiting = { ...waiting, lost: waiting.lost + count };
    },
    ask: async (query = '') => JSON.parse(await touches.answer(query)) as Answer,
  };
}

function requestOf(traceId: string): TouchedRequest {
  return { proxy: 'pay', toxic: 'slow', traceId, spanId: '01', atEpochMs: 12.5 };
}

function idsOf({ requests }: Touches): readonly string[] {
  return requests.map(({ traceId }) => traceId);
}

describe('touches that are told', () => {
  it('are those since the cursor of the last answer, for each reader', async () => {
    const { touch, ask } = told();
    touch('a0');
    const first = await ask();
    expect(first).toMatchObject({ version: 1, more: false, lost: 0, requests: [] });
    touch('a1', 'b2');
    const again = `after=${first.cursor}`;
    const second = await ask(again);
    expect(second.requests).toEqual([requestOf('a1'), requestOf('b2')]);
    expect(idsOf(await ask(`after=${second.cursor}`))).toEqual([]);
    // Another reader, behind the first.
    expect(idsOf(await ask(`${again}&trace=b`))).toEqual(['b2']);
  });

  it('are counted where they were forgotten, or found no room', async () => {
    const { touch, lose, ask } = told(2);
    const { cursor } = await ask();
    touch('a1', 'a2', 'a3');
    const answer = await ask(`after=${cursor}`);
    expect([idsOf(answer), answer.lost]).toEqual([['a2', 'a3'], 1]);
    lose(5);
    touch('a4');
    const next = await ask(`after=${answer.cursor}`);
    expect([idsOf(next), next.lost]).toEqual([['a4'], 5]);
  });

  it('are all that is known to a cursor of before a restart', async () => {
    const { touch, ask } = told();
    touch('a1');
    expect(idsOf(await ask('after=xyz9-17'))).toEqual(['a1']);
  });

  it('reach a reader once each, in order, however often it asks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 12_000 }), { maxLength: 6 }),
        async (counts) => {
          const { touch, ask } = told(100_000);
          let { cursor } = await ask();
          const [sent, heard]: [string[], string[]] = [[], []];
          for (const count of counts) {
            const ids = Array.from({ length: count }, (_, i) => (sent.length + i).toString(16));
            sent.push(...ids);
            touch(...ids);
            for (let more = true; more;) {
              const answer = await ask(`after=${cursor}`);
              heard.push(...idsOf(answer));
              ({ cursor, more } = answer);
              expect(answer.lost).toBe(0);
            }
          }
          expect(heard).toEqual(sent);
        },
      ),
      { numRuns: 10 },
    );
  });

  it.each([
    ['since=1', 'since is neither after nor trace'],
    ['after=', 'after is no cursor'],
    ['after=abc0-1e3', 'after is no cursor'],
    ['trace=xyz', 'trace is no beginning of a trace id'],
  ])('are refused to a query that asks otherwise: %s', async (query, reason) => {
    await expect(told().ask(query)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(reason),
    });
  });
});
