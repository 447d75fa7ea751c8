import { describe, expect, it } from 'vitest';
import { drawMs, seededUniform, WORK } from '../../examples/shop/service-times.ts';

const DRAWS = 50_000;

function sample(profile: (typeof WORK)[keyof typeof WORK], seedText: string): number[] {
  const draw = seededUniform(seedText);
  return Array.from({ length: DRAWS }, () => drawMs(profile, draw)).sort((a, b) => a - b);
}

describe('the service times of the shop', () => {
  it.each(Object.entries(WORK))('%s has its median, and a tail', (name, profile) => {
    const drawnMs = sample(profile, name);
    const quantile = (ratio: number): number => drawnMs[Math.floor(ratio * DRAWS)] ?? NaN;
    expect(Math.abs(quantile(0.5) / profile.medianMs - 1)).toBeLessThan(0.05);
    expect(quantile(0.999) / quantile(0.5)).toBeGreaterThan(3);
  });

  it('leave orders well under 150 ms at its p99.9', () => {
    const drawnMs = [WORK.acceptOrder, WORK.reserveStock, WORK.chargeCard].map((profile, i) => {
      const draw = seededUniform(`${i}`);
      return Array.from({ length: DRAWS }, () => drawMs(profile, draw));
    });
    const totalsMs = (drawnMs[0] ?? []).map((_, i) =>
      drawnMs.reduce((sum, drawn) => sum + (drawn[i] ?? NaN), 0),
    );
    totalsMs.sort((a, b) => a - b);
    expect(totalsMs[Math.floor(0.999 * DRAWS)]).toBeLessThan(90);
  });

  it('are the same in every run, and others for another service', () => {
    expect(sample(WORK.sendMail, 'a')).toEqual(sample(WORK.sendMail, 'a'));
    expect(sample(WORK.sendMail, 'a')).not.toEqual(sample(WORK.sendMail, 'b'));
  });
});
