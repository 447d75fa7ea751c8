import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawAt, NS_PER_MS, NS_PER_SEC, STATUS, type Ns } from '../../src/core/index.ts';
import { renderDocument } from '../../src/report/terminal/terminal-report.ts';
import { verificationDocument } from '../../src/report/tune/verify-document.ts';
import { renderVerificationJson } from '../../src/report/tune/verify-json.ts';
import { expectGolden } from '../golden/golden.ts';
import type { Answer } from '../../src/simulate/index.ts';
import { verifiedRun, type ModelledServer, type VerifiedRunOptions } from './verified-run.ts';
import type { PartName, PartVerdict, Verification } from '../../src/verify/index.ts';

const LOAD = { ratePerSec: 200, seconds: 60 };
const FAULT = { fromSec: 30, toSec: 50 };

/** What two runs of one seed share is their load: servers draw anew. */
const SEEDS = { tuned: 1, before: 2, after: 3 } as const;

/** A server whose attempts take 5 to 15 ms, but for those that `odd` answers otherwise. */
function server(
  odd: (sentNs: Ns, draw: number, run: keyof typeof SEEDS) => Answer | undefined,
): VerifiedRunOptions['server'] {
  return (run): ModelledServer =>
    (sentNs, attempt) => {
      const seed = SEEDS[run];
      const tookNs = Math.round((5 + 10 * drawAt(seed, 1, attempt)) * NS_PER_MS);
      return odd(sentNs, drawAt(seed, 2, attempt), run) ?? { atNs: sentNs + tookNs };
    };
}

const refused = (sentNs: Ns): Answer => ({
  ...{ atNs: sentNs + NS_PER_MS, outcome: STATUS, status: 503 },
});
const stalled = (sentNs: Ns): Answer => ({ atNs: sentNs + 10 * NS_PER_SEC });
const isIn = ({ fromSec, toSec }: typeof FAULT, sentNs: Ns): boolean =>
  sentNs >= fromSec * NS_PER_SEC && sentNs < toSec * NS_PER_SEC;

/** A server that stalls a share of its attempts during a fault. */
const failingIn = (fault: typeof FAULT, ratio: number): VerifiedRunOptions['server'] =>
  server((sentNs, draw) => (isIn(fault, sentNs) && draw < ratio ? stalled(sentNs) : undefined));

function partsOf({ steps }: Verification): Partial<Record<PartName, PartVerdict>> {
  return Object.fromEntries(steps[0]?.parts.map(({ part, verdict }) => [part, verdict]) ?? []);
}

const textsOf = ({ steps }: Verification): string => JSON.stringify(steps[0]?.parts);

describe('a verification', () => {
  it('holds retries that get past answers of 503 and stalls', async () => {
    const flaky = server((sentNs, draw) => {
      if (draw < 0.03) return refused(sentNs);
      return isIn(FAULT, sentNs) && draw > 0.97 ? stalled(sentNs) : undefined;
    });
    const found = await verifiedRun({ ...LOAD, seconds: 90, fault: FAULT, server: flaky });
    expect(partsOf(found), textsOf(found)).toMatchObject({
      ...{ success: 'held', median: 'held', 'attempt timeout': 'held' },
      ...{ retries: 'held', load: 'held', refusals: 'held' },
    });
    expect(found.verdict).toBe('held');
    const [step] = found.steps;
    expect(step?.before.errorRatio).toBeGreaterThan(0.03);
    expect(step?.after.errorRatio).toBeLessThan(0.005);
    expect(step?.after.retries).toBeGreaterThan(300);
  });

  it('does not hold retries where the target takes no more, whoever asks', async () => {
    const full = (run: keyof typeof SEEDS): ModelledServer => {
      let tokens = 2;
      let atNs = 0;
      const within = server(() => undefined)(run);
      return (sentNs, attempt) => {
        tokens = Math.min(2, tokens + (100 * (sentNs - atNs)) / NS_PER_SEC);
        atNs = sentNs;
        if (tokens < 1) return refused(sentNs);
        tokens--;
        return within(sentNs, attempt);
      };
    };
    const found = await verifiedRun({ ...LOAD, server: full });
    expect(partsOf(found).retries, textsOf(found)).toBe('not-held');
    expect(found.verdict).toBe('not-held');
  });

  it('holds a breaker that stays closed where retries get past what fails', async () => {
    const found = await verifiedRun({ ...LOAD, fault: FAULT, server: failingIn(FAULT, 0.1) });
    expect(partsOf(found).success, textsOf(found)).toBe('held');
    const [step] = found.steps;
    expect(step?.after.rejected).toBeLessThan(0.001 * (step?.after.calls ?? 0));
    expect(step?.after.errorRatio).toBeLessThan((step?.before.errorRatio ?? 0) * 0.6);
  });

  it('tells of a breaker that refuses more than what fails', async () => {
    const short = { fromSec: 30, toSec: 33 };
    const found = await verifiedRun({ ...LOAD, fault: short, server: failingIn(short, 0.6) });
    expect(partsOf(found).success).toBe('not-held');
    expect(textsOf(found)).toMatch(/% were refused, most by the breaker/u);
    expect(found.steps[0]?.after.rejected).toBeGreaterThan(100);
    const document = verificationDocument({
      ...{ verification: found, startedEpochMs: 0, storedAt: 'memory' },
      commandLine: (command) => `callgauge ${command}`,
    });
    expectGolden('verification', renderDocument(document, { color: false, width: 100 }));
  });

  it('does not hold a timeout of which the target knows nothing any more', async () => {
    const slower = server((sentNs, draw, run) =>
      run !== 'tuned' && draw < 0.02 ? { atNs: sentNs + 200 * NS_PER_MS } : undefined,
    );
    const found = await verifiedRun({ ...LOAD, server: slower });
    expect(partsOf(found)['attempt timeout'], textsOf(found)).toBe('not-held');
    expect(found.steps[0]?.falseTimeouts.healthy.hits).toBeGreaterThan(100);
  });

  it('holds where all is well, and says that nothing was there to be sent again', async () => {
    const found = await verifiedRun({ ...LOAD, server: server(() => undefined) });
    expect(partsOf(found), textsOf(found)).toEqual({
      ...{ success: 'held', median: 'held', 'attempt timeout': 'held', retries: 'untested' },
      // The modelled driver opens none.
      ...{ 'connect timeout': 'untested', load: 'held', refusals: 'held' },
    });
    expect(found.verdict).toBe('held');
    expect(found.unverified).toEqual([]);
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/tune.md'), 'utf8');
    const json = JSON.parse(renderVerificationJson(found)) as Record<string, object[]>;
    const [step] = json['steps'] ?? [];
    const sides = Object.entries(step ?? {}).flatMap(([key, value]) =>
      key === 'before' ? Object.keys(value as object) : [],
    );
    for (const key of [...Object.keys(json), ...Object.keys(step ?? {}), ...sides]) {
      expect(page).toMatch(new RegExp(`\\b${key}\``, 'u'));
    }
  });
});
