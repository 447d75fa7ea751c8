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
/** How many calls there are in some buckets, and how many of them were cut off. */
const BUCKETS = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 53 }), COUNT, fc.boolean()), {
    selector: ([index]) => index,
    maxLength: 8,
  })
  .map((calls) => calls.sort(([a], [b]) => a - b))
  .map((calls) => ({
    response: new Map(calls.map(([index, count]) => [index, count])),
    cutOff: new Map(
      calls.filter(([, , isCut]) => isCut).map(([index, count]) => [index, Math.ceil(count / 2)]),
    ),
  }));
const BLOCK = fc
  .tuple(
    fc.record({
      stretch: TEXT,
      seconds: COUNT,
      outcomes: fc.constantFrom({}, { ok: 3 }, { ok: 1, timeout: 7 }),
    }),
    BUCKETS,
  )
  .map(([own, buckets]) => ({ ...own, ...buckets }));
const ARRIVALS = fc.record({ stretch: TEXT, seconds: COUNT, arrivals: COUNT, dropped: COUNT });
const BLOCKS = 3;
/** Phases with their steps, which have as many blocks. */
const PHASE = fc.integer({ min: 0, max: BLOCKS }).chain((length) => {
  const exactly = { minLength: length, maxLength: length };
  return fc.record({
    name: TEXT,
    model: fc.constantFrom('open' as const, 'closed' as const),
    ranNs: COUNT,
    blocks: fc.array(ARRIVALS, exactly),
    steps: fc.uniqueArray(fc.record({ step: TEXT, blocks: fc.array(BLOCK, exactly) }), {
      selector: ({ step }) => step,
      maxLength: 3,
    }),
  });
});
const DIGEST: fc.Arbitrary<RunDigest> = fc
  .record({
    runId: fc.stringMatching(/^[0-9a-f]{16}$/u),
    scenario: TEXT,
    startedEpochMs: fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
    harnessVersion: TEXT,
    environment: fc.constantFrom({}, { platform: 'linux-x64', cores: '2' }),
    bucketRatio: fc.constantFrom(1.005, 1.02, 2),
    phases: fc.uniqueArray(PHASE, { selector: ({ name }) => name, maxLength: 3 }),
  })
  .map(({ phases, ...rest }) => ({
    ...rest,
    phases: phases.map(({ steps: _steps, ...phase }) => phase),
    steps: phases.flatMap(({ name, steps }) => steps.map((step) => ({ ...step, phase: name }))),
  }));

/** As the simulated runs call it. */
const PHASE_NAME = digest().phases[0]?.name ?? '';

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

it('reads what an editor has saved with a byte order mark', () => {
  const written = readBaseline(printBaseline(digest()), 'b.json');
  expect(readBaseline(`\uFEFF${printBaseline(digest())}`, 'b.json')).toEqual(written);
});

describe('a file that is no baseline', () => {
  const printed = printBaseline(digest());
  const lines = printed.split('\n');
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
      'an object by the numbers of buckets, 0 to 7366, not x',
    ],
    [
      'a bucket past all times',
      printed.replace(/"response":\{"\d+"/u, '"response":{"99999"'),
      'an object by the numbers of buckets, 0 to ',
    ],
    [
      'a phase that comes twice',
      printed.replace(
        '"phases": [',
        `"phases": [{"name":"${PHASE_NAME}","model":"open","ranNs":1,"blocks":[]},`,
      ),
      `phases[1].name must be a name of one phase, got "${PHASE_NAME}" (b.json)`,
    ],
    [
      'a step that comes twice',
      printed.replace(/"steps": \[([^]*)\]\n\}\n$/u, '"steps": [$1, $1]\n}\n'),
      `steps[1].step must be there once in phase ${PHASE_NAME}`,
    ],
    [
      'a step of no phase',
      printed.replaceAll(/"phase": "[^"]*"/gu, '"phase": "gone"'),
      'steps[0].phase must be one of the phases, got "gone" (b.json)',
    ],
    [
      'a step that lost blocks',
      printed.replace(/,\n *\{"stretch":"[^"]*","seconds":1,"outcomes"[^\n]*(?=\n *\])/u, ''),
      `steps[0].blocks must be 5 blocks, as phase ${PHASE_NAME} has`,
    ],
    [
      'more calls cut off than there are',
      printed.replace('"response":', '"cutOff":{"1":2},"response":'),
      'steps[0].blocks[0].cutOff must be a part of response, got {"1":2} (b.json)',
    ],
    ['nothing', '\n', 'the baseline is empty (b.json)'],
    [
      'a conflict of a merge',
      lines.toSpliced(9, 0, '<<<<<<< HEAD').join('\n'),
      'the baseline has a conflict of a merge at line 10, "<<<<<<< HEAD" (b.json)',
    ],
    ['a part of it', lines.slice(0, 12).join('\n'), 'the baseline ends early, at line 12 (b.json)'],
    ['a part of a text', printed.slice(0, 30), 'the baseline ends early, at line 2 (b.json)'],
    [
      'a line that lost its end',
      lines.map((line, i) => (i === 4 ? line.slice(0, -1) : line)).join('\n'),
      'the baseline is no JSON from line 6 on: "',
    ],
    [
      'a stranger in it',
      lines.toSpliced(9, 0, '%%').join('\n'),
      'the baseline is no JSON from line 10 on: "%%" (b.json)',
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
