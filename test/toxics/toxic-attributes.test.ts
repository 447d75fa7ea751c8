import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { toxicAttributes, type DelaySpec } from '../../src/toxics/index.ts';

const SPEC = { stream: 'downstream', toxicity: 0.5 } as const;
const MINUTE = 60 * NS_PER_SEC;

describe('the attributes of a toxic', () => {
  it('are its settings by the name that has the unit in it, its stream and its toxicity', () => {
    const settings = { latencyNs: 250 * NS_PER_MS, jitterNs: 0 };
    expect(toxicAttributes({ ...SPEC, type: 'latency', settings })).toEqual({
      latencyNs: '250000000',
      jitterNs: '0',
      stream: 'downstream',
      toxicity: '0.5',
    });
  });

  it('begin with what was told, and end with what is so unless told', () => {
    const settings = { latencyNs: 0, jitterNs: NS_PER_MS };
    const keys = Object.keys(toxicAttributes({ ...SPEC, type: 'latency', settings }));
    expect(keys).toEqual(['jitterNs', 'toxicity', 'stream', 'latencyNs']);
  });

  it.each<[DelaySpec, string]>([
    [{ distribution: 'constant', delayNs: 1_500_000 }, 'constant, 1.5ms'],
    [{ distribution: 'uniform', fromNs: 0, toNs: 2 * NS_PER_SEC }, 'uniform, 0ns to 2s'],
    [
      { distribution: 'normal', meanNs: 20 * NS_PER_MS, deviationNs: 2_000, maxNs: NS_PER_SEC },
      'normal, mean 20ms, deviation 2us, at most 1s',
    ],
    [
      { distribution: 'lognormal', medianNs: 20 * NS_PER_MS, sigma: 0.5, maxNs: MINUTE },
      'lognormal, median 20ms, sigma 0.5',
    ],
    [
      { distribution: 'pareto', minNs: 10 * NS_PER_MS, shape: 1.5, maxNs: MINUTE },
      'pareto, min 10ms, shape 1.5',
    ],
    [
      { distribution: 'histogram', valueNs: [1, 2], count: [3, 4], source: 'run 1a2b, pay' },
      'histogram of run 1a2b, pay',
    ],
  ])('say a distribution so that people can read it: %o', (delay, text) => {
    const attributes = toxicAttributes({ ...SPEC, type: 'delay', settings: { delay } });
    expect(attributes['delay']).toBe(text);
  });
});
