import { expect, it } from 'vitest';

import { connectErrorSection } from '../../../src/report/sections/connect-error-section.ts';
import { composeReport } from '../compose.ts';
import { troubledRun } from '../sample-runs.ts';

it('says what a handshake with a target that speaks plain http comes of', async () => {
  const report = await composeReport(troubledRun(), []);
  const dials = report.analysis.dials.map((dial) => ({
    ...dial,
    reasons: dial.reasons.map((each) => ({
      ...each,
      text: each.text.replace('ECONNRESET', 'ERR_SSL_WRONG_VERSION_NUMBER'),
    })),
  }));
  const section = connectErrorSection({ ...report, analysis: { ...report.analysis, dials } });
  expect(JSON.stringify(section)).toContain(
    'ERR_SSL_WRONG_VERSION_NUMBER in the TLS handshake: the target speaks plain http, it seems',
  );
  expect(JSON.stringify(connectErrorSection(report))).not.toContain('plain http');
});
