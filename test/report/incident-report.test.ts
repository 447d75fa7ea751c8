import { expect, it } from 'vitest';
import { findIncident } from '../../src/incident/index.ts';
import {
  incidentDocument,
  INCIDENT_VERSION,
  renderDocument,
  renderIncidentJson,
  renderMarkdown,
  type IncidentReport,
} from '../../src/report/index.ts';
import { expectGolden } from '../golden/golden.ts';
import { shop, shopRows, tableOf, type ShopTrouble } from '../incident/modelled-shop.ts';

const BEGIN_NS = 1_700_000_000_000_000_000n;
const HOUR_NS = 3_600_000_000_000n;

function reportOf(trouble: ShopTrouble, traceCount = 200): IncidentReport {
  return {
    incident: findIncident(shop(1, traceCount), shop(2, traceCount, trouble), { seed: 1 }),
    baseline: { fromEpochNs: BEGIN_NS, toEpochNs: BEGIN_NS + HOUR_NS },
    window: { fromEpochNs: BEGIN_NS + HOUR_NS, toEpochNs: BEGIN_NS + 2n * HOUR_NS },
    storedAt: 'a store',
    command: (text) => `callgauge ${text}`,
  };
}

const SLOW_ZONE = { slow: { service: 'cart', ms: 30, zone: 'us-1' } };

it.each([80, 120])('is text for a terminal of %d columns', (width) => {
  const text = renderDocument(incidentDocument(reportOf(SLOW_ZONE)), { width, color: false });
  expectGolden(`incident-zone-${width}`, text);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
});

it('is no wider than its terminal where a run is compared with itself', () => {
  const report = reportOf(SLOW_ZONE);
  const run = { runId: '6b0dd38cf39d1067' };
  const ofRun = {
    ...report,
    baseline: { ...report.baseline, ...run },
    window: { ...report.window, ...run },
  };
  const text = renderDocument(incidentDocument(ofRun), { width: 80, color: false });
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(text).toMatch(/baseline, run 6b0dd38cf39d1067\n +2023-11-14 22:13:20 UTC/u);
});

it('is Markdown for a post-mortem', () => {
  const trouble = { failing: { service: 'prices', ratio: 0.4 }, attempts: 3 };
  expectGolden('incident-errors-markdown', renderMarkdown(incidentDocument(reportOf(trouble))));
});

it('says that nothing explains a change, and what the traces lack', () => {
  const lost = shopRows(2, 20).filter(({ name }) => name !== 'Catalog/List');
  const report = reportOf({}, 20);
  const incident = findIncident(shop(1, 20), tableOf(lost), {
    seed: 1,
    tracesInAll: { baseline: 20, window: 400 },
  });
  const [calm, doubtful] = [report, { ...report, incident }].map((one) =>
    renderDocument(incidentDocument(one), { width: 100, color: false }),
  );
  expect(calm).toContain('Nothing explains a change between the two windows.');
  expect(calm).toContain('The baseline has 20 traces.');
  expect(doubtful).toContain('Of 400 traces of the window, 20 were read.');
  expect(doubtful).toContain('of the traces lack spans');
});

it('says how much time lies in the baseline and in the window', () => {
  const apart = reportOf({});
  const { fromEpochNs, toEpochNs } = apart.window;
  const within = { ...apart, baseline: { fromEpochNs, toEpochNs: toEpochNs + HOUR_NS } };
  const twoRuns = {
    ...within,
    baseline: { ...within.baseline, runId: 'a' },
    window: { ...within.window, runId: 'b' },
  };
  const [none, shared, ofRuns] = [apart, within, twoRuns].map((one) =>
    renderDocument(incidentDocument(one), { width: 100, color: false }),
  );
  expect(none).not.toContain('share');
  expect(shared).toContain('Baseline and window share 1h 00m');
  expect(ofRuns).not.toContain('Baseline and window share');
});

it('is JSON with a version, times as ISO 8601 and every cause', () => {
  const report = reportOf(SLOW_ZONE);
  const json: unknown = JSON.parse(renderIncidentJson(report));
  expect(json).toMatchObject({
    version: INCIDENT_VERSION,
    isExplained: true,
    baseline: { from: '2023-11-14T22:13:20.000Z', traces: 200 },
    window: { to: '2023-11-15T00:13:20.000Z' },
    seed: 1,
  });
  expect(json).toHaveProperty('causes.0.service', 'cart');
  expect(json).toHaveProperty('causes.0.kind', 'attribute-value');
  expect(renderIncidentJson(reportOf(SLOW_ZONE))).toBe(renderIncidentJson(report));
});

it('shows names of services as they are, whatever they hold', () => {
  const rows = shopRows(2, 50, { slow: { service: 'cart', ms: 30 } }).map((row) => ({
    ...row,
    serviceName: row.serviceName === 'cart' ? 'cart | *x* \u001b[31m' : row.serviceName,
  }));
  const healthy = shopRows(1, 50).map((row) => ({
    ...row,
    serviceName: row.serviceName === 'cart' ? 'cart | *x* \u001b[31m' : row.serviceName,
  }));
  const report = reportOf({}, 50);
  const incident = findIncident(tableOf(healthy), tableOf(rows), { seed: 1 });
  const document = incidentDocument({ ...report, incident });
  expect(renderMarkdown(document)).toContain('cart \\| \\*x\\*');
  expect(renderMarkdown(document)).not.toContain('\u001b');
  expect(renderDocument(document, { width: 80, color: false })).not.toContain('\u001b');
});
