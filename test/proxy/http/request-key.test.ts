import { describe, expect, it } from 'vitest';

import { RequestKeys, TraceMeetings } from '../../../src/proxy/http/request-key.ts';
import { newRunId, RunIds } from '../../../src/trace/index.ts';

const STRANGE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the key of a request', () => {
  it('is the same for the same call of every run, in whatever order calls come', () => {
    const [one, two] = [newRunId(1e12, 1), newRunId(2e12, 2)].map((runId) => new RunIds(runId));
    if (!one || !two) throw new Error('two runs');
    const [first, second] = [new RequestKeys(one), new RequestKeys(two)];
    const keys = [3, 5, 3].map((seq) => first.next(one.traceId(seq)));
    expect(keys).toEqual(['3/0', '5/0', '3/1']);
    expect([5, 3, 3].map((seq) => second.next(two.traceId(seq)))).toEqual(['5/0', '3/0', '3/1']);
  });

  it('is the number in the order of coming for any other request', () => {
    const keys = new RequestKeys(new RunIds(newRunId(1e12, 1)));
    expect([undefined, STRANGE, undefined].map((id) => keys.next(id))).toEqual(['#1', '#2', '#3']);
    expect(new RequestKeys(undefined).next(STRANGE)).toBe('#1');
  });
});

describe('how often a trace came by', () => {
  it('is remembered of so many traces, the one longest ago forgotten first', () => {
    const meetings = new TraceMeetings();
    meetings.count('kept');
    meetings.count('lost');
    for (let i = 0; i < 99_998; i++) meetings.count(`t${i}`);
    expect(meetings.count('kept')).toBe(1);
    meetings.count('one more');
    expect(meetings.count('lost')).toBe(0);
    expect(meetings.count('kept')).toBe(2);
  });
});
