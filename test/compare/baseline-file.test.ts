import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NOISE_MODELS, simulateRun, type NoiseModel } from '../../bench/compare/simulated-runs.ts';
import {
  BASELINE_VERSION,
  printBaseline,
  readBaseline,
  type RunDigest,
} from '../../src/compare/index.ts';
import type { HarnessError } from '../../src/core/index.ts';

const COUNT = fc.integer({ min: 0, max: 1e9 });
const TEXT = fc.string({ unit: 'grapheme', maxLength: 20 });
const BUCKETS = fc
  .dictionary(fc.integer({ min: 0, max: 2_000 }).map(String), COUNT, { maxKeys: 8 })
  .map(
    (counts) =>
      new Map(
        Object.entries(counts)
          .map(([index, count]) => [Number(index), count] as const)
          .sort(([a], [b]) => a - b),
      ),
  );
const MODEL = fc.constantFrom('open' as const, 'closed' as const);
const DIGEST: fc.Arbitrary<RunDigest> = fc.record({
  runId: fc.stringMatching(/^[0-9a-f]{16}$/u),
  scenario: TEXT,
  startedEpochMs: fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
  harnessVersion: TEXT,
  environment: fc.constantFrom({}, { platform: 'linux-x64', cores: '2' }),
  bucketRatio: fc.constantFrom(1.005, 1.02, 2),
  phases: fc.array(
    fc.record({
      name: TEXT,
      model: MODEL,
      ranNs: COUNT,
      blocks: fc.array(
        fc.record({ stretch: TEXT, seconds: COUNT, arrivals: COUNT, dropped: COUNT }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
  steps: fc.array(
    fc.record({
      step: TEXT,
      phase: TEXT,
      blocks: fc.array(
        fc.record({
          stretch: TEXT,
          seconds: COUNT,
          outcomes: fc.constantFrom({}, { ok: 3 }, { ok: 1, timeout: 7 }),
          response: BUCKETS,
          cutOff: BUCKETS,
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
});

function digest(): RunDigest {
  const run = { seed: 1, seconds: 5, ratePerSec: 20, factor: 1, tailFactor: 1 };
  return simulateRun(NOISE_MODELS[0] as NoiseModel, run);
}

function refusalOf(text: string): HarnessError {
  try {
    readBaseline(text, 'b.json');
  } catch (error) {
    return error as HarnessError;
  }
  throw new Error('was read');
}

it('reads what it prints', () => {
  fc.assert(
    fc.property(DIGEST, (written) => {
      expect(readBaseline(printBaseline(written), 'b.json')).toEqual(written);
    }),
  );
});

it('prints a line for each block of time', () => {
  const lines = printBaseline(digest()).split('\n');
  expect(lines.filter((line) => line.includes('"outcomes"'))).toHaveLength(5);
});

describe('a file that is no baseline', () => {
  const printed = printBaseline(digest());
  it.each([
    ['not JSON', 'run {', 'a baseline must be JSON, got "run {" (b.json)'],
    [
      'another document',
      '{"version":1}',
      'callgauge must be one of baseline, got nothing (b.json)',
    ],
    [
      'a count that is none',
      printed.replace(/"seconds":1/u, '"seconds":-1'),
      'phases[0].blocks[0].seconds must be a whole number >= 0, got -1 (b.json)',
    ],
    [
      'a bucket that is none',
      printed.replace(/"response":\{"\d+"/u, '"response":{"x"'),
      'an object by the numbers of buckets, not x',
    ],
    [
      'a time that is none',
      printed.replace(/"startedAt":"[^"]*"/u, '"startedAt":"today"'),
      'run.startedAt must be a time in ISO 8601, got "today" (b.json)',
    ],
  ])('%s', (_name, text, message) => {
    const { code, message: said, hint } = refusalOf(text);
    expect(code).toBe('BASELINE_UNREADABLE');
    expect(said).toContain(message);
    expect(hint).toContain('callgauge baseline RUN > ');
  });

  it('a file that is something else, which is not to be written over', () => {
    const { message, hint } = refusalOf(`name: checkout\n${'# a scenario\n'.repeat(20)}`);
    expect(message).toMatch(/^a baseline must be JSON, got "name: checkout.*… \(b\.json\)$/u);
    expect(hint).not.toContain('> b.json');
  });

  it('a newer version', () => {
    const newer = printed.replace(`"version": ${BASELINE_VERSION}`, '"version": 9');
    expect(refusalOf(newer)).toMatchObject({
      message: 'the baseline has version 9, and this callgauge reads version 1 (b.json)',
      hint: 'Use the callgauge that wrote it, or a newer one.',
    });
  });
});
