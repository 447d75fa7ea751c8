import { describe, expect, it } from 'vitest';
import { samplingRulesOf, type SamplingOptions } from '../../src/cli/sampling-options.ts';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';

describe('the options of a sample', () => {
  it('keep all where none is given', () => expect(samplingRulesOf({})).toBeUndefined());

  it('are a share, what is slow, and two waits', () => {
    expect(samplingRulesOf({ sample: '5%' })).toEqual({
      ratio: 0.05,
      slow: undefined,
      waitNs: 30 * NS_PER_SEC,
      waitAfterRootNs: 10 * NS_PER_SEC,
    });
    const options = { sample: '0.5%', decisionWait: '1m', decisionWaitAfterRoot: '500ms' };
    expect(samplingRulesOf({ ...options, keepSlower: 'p99.9' })).toEqual({
      ratio: 0.005,
      slow: { kind: 'percentile', percentile: expect.closeTo(0.999, 9) },
      waitNs: 60 * NS_PER_SEC,
      waitAfterRootNs: 500 * NS_PER_MS,
    });
    expect(samplingRulesOf({ ...options, keepSlower: '500ms' })?.slow).toEqual({
      kind: 'time',
      limitNs: 500 * NS_PER_MS,
    });
  });

  it.each<[SamplingOptions, string]>([
    [{ sample: '5' }, '--sample must be a share of the traces, above 0% and up to 100%, got "5"'],
    [{ sample: '0%' }, '--sample must be a share of the traces, above 0% and up to 100%, got "0%"'],
    [{ sample: '101%' }, 'got "101%"'],
    [{ sample: '5%', keepSlower: 'p100' }, '--keep-slower must be a time or a percentile'],
    [{ sample: '5%', keepSlower: 'p9' }, 'got "p9"'],
    [{ sample: '5%', keepSlower: '0ms' }, 'got "0ms"'],
    [{ sample: '5%', decisionWait: '0s' }, '--decision-wait must be a time above 0 and up to 10m'],
    [{ sample: '5%', decisionWaitAfterRoot: '1h' }, '--decision-wait-after-root must be a time'],
    [
      { sample: '5%', decisionWaitAfterRoot: '40s' },
      '--decision-wait-after-root must be at most --decision-wait (30s, the default), which ends it',
    ],
    [
      { sample: '5%', decisionWait: '2s', decisionWaitAfterRoot: '3s' },
      'at most --decision-wait (2s), which ends it, got "3s"',
    ],
    [
      { keepSlower: 'p99' },
      '--keep-slower says which traces are kept beside a share, and no share',
    ],
    [{ decisionWaitAfterRoot: '1s' }, '--decision-wait-after-root says which traces'],
  ])('are refused: %j', (options, message) => {
    expect(() => samplingRulesOf(options)).toThrow(message);
  });
});
