import { expect, it } from 'vitest';
import { attributeTexts } from '../../src/core/index.ts';

it('names no jitter where none was asked for', () => {
  const latency = { latencyNs: '250000000', toxicity: '1', stream: 'downstream' };
  expect(attributeTexts({ ...latency, jitterNs: '0' })).toEqual(['latency 250 ms']);
  expect(attributeTexts({ ...latency, jitterNs: '5000000' })).toEqual([
    'latency 250 ms',
    'jitter 5.00 ms',
  ]);
});
