import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochNsFromMs, NS_PER_MS, type Span } from '../../src/core/index.ts';
import { buildSpanTree, nodesOf } from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';
import { shopTrace } from '../report/sample-trace.ts';

const FROM = epochNsFromMs(1_795_000_000_000);
const MS = BigInt(NS_PER_MS);

describe('clocks that differ', () => {
  it('are told by a child before its parent, and the trace is not longer for it', () => {
    const tree = buildSpanTree(skewedBy(-3_600_000n));
    expect(tree?.skews).toEqual([
      {
        parentService: 'front',
        childService: 'back',
        // The call of 3 ms lies in the middle of the 5 ms that its caller waited.
        aheadNs: -3_600_001n * MS,
        callCount: 1,
        certain: true,
      },
    ]);
    expect((tree?.toEpochNs ?? 0n) - (tree?.fromEpochNs ?? 0n)).toBe(5n * MS);
    expect(tree?.recordedNs).toBe(3_600_005n * MS);
  });

  it('are told by a child behind the parent that waited for it, with a doubt', () => {
    const tree = buildSpanTree(skewedBy(3_600_000n));
    expect(tree?.skews).toMatchObject([{ aheadNs: 3_599_999n * MS, certain: false }]);
    expect((tree?.toEpochNs ?? 0n) - (tree?.fromEpochNs ?? 0n)).toBe(5n * MS);
  });

  it('shift everything below by the same, and the next clock by its own', () => {
    const trace = [
      ...skewedBy(50n),
      made('back', 'Client', '3', '2', [51n, 1n]),
      made('third', 'Server', '4', '3', [1n, 1n]),
    ];
    const nodes = nodesOf(buildSpanTree(trace)?.roots ?? []);
    const starts = nodes.map((n) => (n.span.startEpochNs + n.clockShiftNs - FROM) / MS);
    expect(starts).toEqual([0n, 1n, 2n, 2n]);
  });

  it('are recovered from calls of any delays, to half of what their caller waited beside them', () => {
    const call = fc.record({
      wait: fc.nat(40),
      there: fc.nat(40),
      took: fc.integer({ min: 1, max: 99 }),
    });
    const skew = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(skew, fc.array(call, { minLength: 1, maxLength: 8 }), (skewMs, calls) => {
        const trace = calls.flatMap(({ wait, there, took }, i) => {
          const at = BigInt(i * 1_000);
          const whole = BigInt(there + took + wait);
          return [
            made('front', 'Client', `c${i}`, '', [at, whole]),
            made('back', 'Server', `s${i}`, `c${i}`, [
              at + BigInt(there) + BigInt(skewMs),
              BigInt(took),
            ]),
          ];
        });
        const [found] = buildSpanTree(trace)?.skews ?? [];
        const slackMs = Math.min(...calls.map(({ wait, there }) => wait + there));
        if (Math.abs(skewMs) > 1_000) expect(found).toBeDefined();
        if (found === undefined) return;
        const errorNs = Math.abs(Number(found.aheadNs) - skewMs * NS_PER_MS);
        expect(errorNs).toBeLessThanOrEqual(
          (Math.max(...calls.map((c) => c.wait + c.there), slackMs) * NS_PER_MS) / 2 + 1,
        );
      }),
    );
  });
});

describe('clocks that may be the same', () => {
  it('are not doubted in a trace whose spans fit', () => {
    expect(buildSpanTree(shopTrace())?.skews).toEqual([]);
  });

  it('are not doubted for less than a millisecond, nor for a server that ends a little later', () => {
    const early = [
      made('front', 'Client', '1', '', [10n, 5n]),
      made('back', 'Server', '2', '1', [9n, 3n]),
    ];
    expect(buildSpanTree(early)?.skews).toEqual([]);
    const late = [
      made('front', 'Client', '1', '', [0n, 10n]),
      made('back', 'Server', '2', '1', [2n, 10n]),
    ];
    expect(buildSpanTree(late)?.skews).toEqual([]);
  });

  it('are not doubted for a call that was given up, nor for a message that was taken later', () => {
    const [caller, callee] = skewedBy(3_600_000n);
    const givenUp = [{ ...caller!, status: 'Error' as const }, callee!];
    expect(buildSpanTree(givenUp)?.skews).toEqual([]);
    const message = [
      { ...caller!, kind: 'Producer' as const },
      { ...callee!, kind: 'Consumer' as const },
    ];
    expect(buildSpanTree(message)?.skews).toEqual([]);
  });

  it('are one where the hosts are the same', () => {
    const onHost = skewedBy(-3_600_000n).map((s) => ({
      ...s,
      resourceAttributes: { 'host.name': 'node-1' },
    }));
    expect(buildSpanTree(onHost)?.skews).toEqual([]);
  });
});

describe('times that cannot be', () => {
  it('are counted, and make the trace no longer', () => {
    const trace = [
      made('front', 'Client', '1', '', [0n, 5n]),
      made('back', 'Server', '2', '1', [2n, -3_600_000n]),
      made('back', 'Server', '3', '1', [1n, 1n], { startEpochNs: 0n, durationNs: FROM }),
    ];
    const tree = buildSpanTree(trace);
    expect(tree).toMatchObject({ invalidCount: 2, spanCount: 3, skews: [] });
    expect(tree?.fromEpochNs).toBe(FROM);
    expect(tree?.toEpochNs).toBe(FROM + 5n * MS);
  });
});

/** A call of 5 ms whose callee, by its own clock, began so much later and took 3 ms. */
function skewedBy(skewMs: bigint): readonly Span[] {
  return [
    made('front', 'Client', '1', '', [0n, 5n]),
    made('back', 'Server', '2', '1', [skewMs, 3n]),
  ];
}

function made(
  serviceName: string,
  kind: Span['kind'],
  spanId: string,
  parentSpanId: string,
  [fromMs, tookMs]: readonly [bigint, bigint],
  changes: Partial<Span> = {},
): Span {
  return span({
    serviceName,
    kind,
    spanId,
    parentSpanId,
    startEpochNs: FROM + fromMs * MS,
    durationNs: tookMs * MS,
    ...changes,
  });
}
