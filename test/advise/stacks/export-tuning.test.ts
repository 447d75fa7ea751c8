import { describe, expect, it } from 'vitest';
import { exportTuning, STACKS, type Stack } from '../../../src/advise/stacks/index.ts';
import { HarnessError } from '../../../src/core/index.ts';
import { AGAIN, ONCE, rpcTuning, tuningOf } from './sample-tunings.ts';

describe('an export', () => {
  it.each(['grpc', 'dubbo'])('for %s is refused where no edge is RPC, and names them', (name) => {
    const error = thrownBy(() => exportTuning(tuningOf([AGAIN, ONCE]), stackNamed(name)));
    expect(error.code).toBe('USAGE_INVALID');
    expect(error.message).toContain('has calls by RPC alone');
    expect(error.message).toContain('orders → inventory  GET /api/stock');
    const mixed = tuningOf([AGAIN, ...rpcTuning().edges]);
    expect(exportTuning(mixed, stackNamed(name))).toContain('Left out');
  });

  it('of too few calls for any timeout is inconclusive, and says how many there are', () => {
    const { policy: _policy, ...edge } = AGAIN;
    const error = thrownBy(() => exportTuning(tuningOf([edge]), stackNamed('envoy')));
    expect(error.code).toBe('SAMPLE_TOO_SMALL');
    expect(error.message).toContain('orders → inventory  GET /api/stock has 12,000 attempts');
  });
});

function stackNamed(name: string): Stack {
  const stack = STACKS.find((one) => one.name === name);
  if (stack === undefined) throw new Error(`no stack ${name}`);
  return stack;
}

function thrownBy(work: () => unknown): HarnessError {
  try {
    work();
  } catch (error) {
    if (error instanceof HarnessError) return error;
  }
  throw new Error('nothing was thrown');
}
