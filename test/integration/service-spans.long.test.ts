import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { spansOf } from '../../src/native/index.ts';
import type { Span } from '../../src/core/index.ts';
import { startOtlpReceiver } from '../../src/ingest/index.ts';
import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { freePort } from './free-port.ts';
import { installedPart } from './installed-parts.ts';

/** Services of others, as OpenTelemetry's SDKs instrument them. */
const PYTHON = installedPart('python/bin/python');
const INSTRUMENT = installedPart('python/bin/opentelemetry-instrument');
const GO_SERVICE = installedPart('bin/otel-service');
const EXPORTER_OF_2021 = installedPart('npm-2021');
const FLASK = fileURLToPath(new URL('parts/python/flask_service.py', import.meta.url));
const EXPORT = fileURLToPath(new URL('parts/npm-2021/export.js', import.meta.url));

const place = new Workplace();
afterAll(() => place.remove());

interface Served {
  readonly calls: number;
  readonly seen: number;
  readonly kind: string;
}

/** Returns what a run of 2 s says of the spans of its server. */
async function servedOf(scenario: string, ...options: readonly string[]): Promise<Served> {
  const file = place.file(`s${Math.random()}.yaml`, scenario);
  const ended = await callgauge(['run', file, '--json', '--dir', place.storeDir, ...options]);
  const report = JSON.parse(ended.out) as { readonly results: { readonly served: Served } };
  return report.results.served;
}

function scenarioOf(url: string, services = ''): string {
  return `
name: spans
${services}
targets: { api: { url: '${url}' } }
flows: { f: [{ step: work, target: api, http: { path: /work } }] }
load: [{ phase: steady, arrivals: { rate: 20/s }, for: 2s }]
`;
}

function service(command: readonly string[], env = '{}'): string {
  return scenarioOf(
    '${services.api.url}',
    `services: { api: { command: ${JSON.stringify(command)}, env: ${env}, readyWithin: 60s } }`,
  );
}

describe.skipIf(PYTHON === undefined || INSTRUMENT === undefined)('a service in Python', () => {
  it('that a run starts, and that does not flush, has a span of every call', async () => {
    const served = await servedOf(service([INSTRUMENT ?? '', PYTHON ?? '', FLASK]));
    expect(served).toMatchObject({ kind: 'whole', seen: served.calls });
    expect(served.calls).toBeGreaterThan(0);
  });

  it('that exports every 5 s, to a port that was chosen, has one too', async () => {
    const [port, receive] = [await freePort(), await freePort()];
    const env = {
      PORT: String(port),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receive}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    };
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const options = { env: { ...process.env, ...env }, signal: abort.signal };
    execFile(INSTRUMENT ?? '', [PYTHON ?? '', FLASK], options, () => undefined);
    await expect
      .poll(() => fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.status), {
        timeout: 60_000,
      })
      .toBe(200);
    const scenario = scenarioOf(`http://127.0.0.1:${port}`);
    const served = await servedOf(scenario, '--receive', String(receive), '--receive-wait', '60s');
    expect(served).toMatchObject({ kind: 'whole', seen: served.calls });
    expect(served.calls).toBeGreaterThan(0);
  });
});

describe.skipIf(GO_SERVICE === undefined)('a service in Go', () => {
  it('has a span of every call', async () => {
    const served = await servedOf(service([GO_SERVICE ?? '']));
    expect(served).toMatchObject({ kind: 'whole', seen: served.calls });
  });

  it('flushes as it stops, while the receiver still takes spans', async () => {
    const late = "{ OTEL_BSP_SCHEDULE_DELAY: '600000' }";
    const served = await servedOf(service([GO_SERVICE ?? ''], late));
    expect(served).toMatchObject({ kind: 'whole', seen: served.calls });
  });

  it('that never sends its spans costs no time, and the report says nothing of them', async () => {
    const never = "{ OTEL_BSP_SCHEDULE_DELAY: '600000', UNTIMELY: '1' }";
    const run = new CallgaugeProcess([
      ...['run', place.file('never.yaml', service([GO_SERVICE ?? ''], never))],
      ...['--dir', place.storeDir],
    ]);
    const { out, err } = await run.ended();
    expect(err).not.toMatch(/waiting for spans/u);
    expect(out).toMatch(/\d+ calls/u);
    expect(out).not.toMatch(/server spans seen/u);
  });
});

describe.skipIf(EXPORTER_OF_2021 === undefined)("OpenTelemetry's exporter of 2021", () => {
  it('has its spans stored, with all that is in them', async () => {
    const stored: Span[] = [];
    const notices: string[] = [];
    const receiver = await startOtlpReceiver({
      accept: async (block) => void stored.push(...spansOf(block)),
      onNotice: (text) => notices.push(text),
    });
    onTestFinished(() => receiver.close());
    const script = join(EXPORTER_OF_2021 ?? '', 'export.js');
    cpSync(EXPORT, script);
    const cwd = dirname(script);
    await promisify(execFile)(process.execPath, [script, `${receiver.url}/v1/traces`], { cwd });
    expect(stored.map(({ name }) => name)).toEqual(['op0', 'op1', 'op2', 'op3', 'op4']);
    expect(stored[1]).toMatchObject({
      kind: 'Server',
      scopeName: 'old',
      scopeVersion: '0.27.0',
      attributes: { count: '1', ratio: '0.5', list: '["a","b"]' },
      events: [{ name: 'half' }],
    });
    expect(notices).toEqual([]);
  });
});
