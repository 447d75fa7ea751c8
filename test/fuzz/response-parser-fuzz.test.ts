import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STRICTNESSES } from './response-differences.ts';
import { fuzzResponses } from './response-fuzz.ts';

/** `CALLGAUGE_FUZZ_COUNT` sends more of them. */
const COUNT = Number(process.env['CALLGAUGE_FUZZ_COUNT'] ?? 5_000);

describe('our parser against llhttp', () => {
  const timeout = 240_000 + COUNT * 10;
  it(
    'reads odd responses as llhttp does, cut anywhere, or refuses them for a named reason',
    { timeout },
    async () => {
      const report = await fuzzResponses(COUNT, 1);
      expect(report.failures).toEqual([]);
      // Where all or nothing were refused, agreement would mean little.
      expect(report.bothWhole).toBeGreaterThan(report.readings / 5);
      expect(report.bothRefused).toBeGreaterThan(report.readings / 5);
    },
  );

  it('is stricter only where the documentation says so', () => {
    const page = readFileSync(
      join(import.meta.dirname, '../../docs/reference/http-driver.md'),
      'utf8',
    );
    const rows = [...page.matchAll(/^\| ([^|]+) \| `([^`|]+)` \|/gmu)].map(
      (m) => `${m[1]}: ${m[2]}`,
    );
    expect(rows.sort()).toEqual(STRICTNESSES.map((s) => `${s.name}: ${s.error}`).sort());
  });
});
