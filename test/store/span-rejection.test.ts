import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochNsFromMs, VirtualClock } from '../../src/core/index.ts';
import { ClickHouseSink } from '../../src/store/clickhouse-sink.ts';
import type { StoreConnection } from '../../src/store/connection.ts';
import { arbitrarySpan } from '../arbitrary-span.ts';

const DAY_NS = 86_400_000_000_000n;
const clock = new VirtualClock(Date.UTC(2026, 10));
const nowEpochNs = epochNsFromMs(clock.originEpochMs);
const [anySpan] = fc.sample(arbitrarySpan(nowEpochNs), { numRuns: 1, seed: 7 });
if (anySpan === undefined) throw new Error('a sample of one span');
const spanAt = (startEpochNs: bigint): typeof anySpan => ({ ...anySpan, startEpochNs });

/** A sink that is asked and writes nothing. */
function sink(): ClickHouseSink {
  return new ClickHouseSink({} as StoreConnection, { clock });
}

describe('a span of', () => {
  it.each([
    ['no time', 0n, /no start time/u],
    ['before 1971', 1_000_000_000n, /begins at 1000000000 ns since 1970/u],
    ['seconds in place of nanoseconds', 1_763_683_200n, /begins at 1763683200 ns/u],
    ['after 2105', BigInt(Date.UTC(2106, 0)) * 1_000_000n, /1971 to 2105/u],
  ])('%s is rejected with its time', (_, startEpochNs, reason) => {
    expect(sink().rejectionOf(spanAt(startEpochNs))).toMatch(reason);
  });

  it("another year is stored, the OTLP specification's example too", () => {
    const example = 1_544_712_660_000_000_000n;
    expect(sink().rejectionOf(spanAt(example))).toBeUndefined();
  });

  it('the 200 days around now is stored, and so are those of 30 other days', () => {
    const asked = sink();
    const far = (days: number): string | undefined =>
      asked.rejectionOf(spanAt(nowEpochNs - BigInt(days) * DAY_NS));
    for (let days = 101; days <= 130; days++) expect(far(days)).toBeUndefined();
    expect(far(131)).toMatch(/^it begins on '.*', and spans of 30 other days beyond 100 days/u);
    // What the days are taken for goes on; and what is near was never one of them.
    expect(far(101)).toBeUndefined();
    for (let days = -100; days <= 100; days++) expect(far(days)).toBeUndefined();
  });
});
