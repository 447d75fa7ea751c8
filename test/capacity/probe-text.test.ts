import { describe, expect, it } from 'vitest';
import { probeText, type RateEvaluation } from '../../src/capacity/index.ts';

const REASON = '2.0% of the arrivals were let go more than 10.0 ms late';

function rate(changes: Partial<RateEvaluation>): RateEvaluation {
  return {
    ratePerSec: 800,
    verdict: 'meets',
    probes: ['find@800/s#6'],
    spoiltProbes: [],
    ranNs: 0,
    longestNs: 0,
    arrivals: 0,
    droppedArrivals: 0,
    backlog: 0,
    achievedPerSec: 0,
    objectives: [],
    p50: undefined,
    p99: undefined,
    reason: '',
    ...changes,
  };
}

describe('the line of a probe', () => {
  it('says what its rate is by all probes', () => {
    expect(probeText('find@800/s#6', rate({}))).toBe('probe 6: 800/s meets');
    const missed = rate({ verdict: 'misses', reason: 'the queue grew by 9 calls' });
    expect(probeText('find@800/s#6', missed)).toBe(
      'probe 6: 800/s misses (the queue grew by 9 calls)',
    );
  });

  it('says of a spoilt probe that it is, and why, whatever the others say of the rate', () => {
    const spoiltProbes = [{ phase: 'find@800/s#7', reason: REASON }];
    expect(probeText('find@800/s#7', rate({ spoiltProbes }))).toBe(
      `probe 7: 800/s spoilt by the generator (${REASON}): it counts for nothing, ` +
        'and the rate meets by 1 probe as before',
    );
    expect(probeText('find@800/s#6', rate({ spoiltProbes }))).toBe('probe 6: 800/s meets');
  });

  it('says when a rate is more than the generator can send', () => {
    const once = [{ phase: 'find@800/s#7', reason: REASON }];
    const twice = [...once, { phase: 'find@800/s#8', reason: REASON }];
    const of = (spoiltProbes: RateEvaluation['spoiltProbes']): RateEvaluation =>
      rate({ verdict: 'generator', reason: REASON, spoiltProbes });
    expect(probeText('find@800/s#7', of(once))).toBe(
      `probe 7: 800/s spoilt by the generator (${REASON})`,
    );
    expect(probeText('find@800/s#8', of(twice))).toBe(
      `probe 8: 800/s spoilt by the generator (${REASON}): it is too much for the generator`,
    );
  });
});
