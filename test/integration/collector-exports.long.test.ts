import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';

import { jsonBody } from '../ingest/otlp-messages.ts';
import { start, traces } from '../ingest/receiver-request.ts';
import { freePort } from './free-port.ts';
import { installedPart } from './installed-parts.ts';

const COLLECTOR = installedPart('bin/otel-collector');
/** Every `compression` that the Collector's exporters over HTTP know. */
const COMPRESSIONS = [
  'none',
  'gzip',
  'zlib',
  'deflate',
  'zstd',
  'snappy',
  'x-snappy-framed',
  'lz4',
];
/** Enough for blocks that refer to each other. */
const SPANS = 400;

it.skipIf(COLLECTOR === undefined)(
  'a real Collector delivers spans in every compression that it knows',
  async () => {
    const receivers = await Promise.all(
      COMPRESSIONS.map(async (compression) => ({ compression, ...(await start()) })),
    );
    const port = await freePort();
    await startCollector(port, receivers);
    const spans = spansToSend();
    const request = {
      method: 'POST',
      body: jsonBody(traces(...spans)),
      headers: { 'content-type': 'application/json' },
    };
    const send = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/v1/traces`, request);
    const waiting = { timeout: 60_000, interval: 100 };
    await vi.waitFor(async () => expect((await send()).status).toBe(200), waiting);
    const names = new Set(spans.map(({ name }) => name));
    for (const { compression, receiver, stored } of receivers) {
      await vi.waitFor(() => {
        expect(receiver.counters.refusals, compression).toEqual({});
        expect(stored.length, compression).toBeGreaterThanOrEqual(SPANS);
      }, waiting);
      expect(new Set(stored.map(({ name }) => name)), compression).toEqual(names);
    }
  },
);

interface Destination {
  readonly compression: string;
  readonly receiver: { readonly url: string };
}

/** Starts a Collector that hands on to each of them; it ends with the test. */
async function startCollector(port: number, to: readonly Destination[]): Promise<void> {
  const exporters = Object.fromEntries(
    to.map(({ compression, receiver }) => [
      `otlp_http/${compression}`,
      { endpoint: receiver.url, compression },
    ]),
  );
  const configuration = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters,
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      pipelines: { traces: { receivers: ['otlp'], exporters: Object.keys(exporters) } },
    },
  };
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-collector-'));
  const file = join(folder, 'collector.json');
  writeFileSync(file, JSON.stringify(configuration));
  const collector = spawn(COLLECTOR ?? '', [`--config=${file}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(async () => {
    if (collector.exitCode === null) {
      collector.kill('SIGKILL');
      await once(collector, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });
}

function spansToSend(): readonly { readonly name: string }[] {
  return Array.from({ length: SPANS }, (_, n) => {
    const id = (n + 1).toString(16).padStart(16, '0');
    return {
      traceId: `691fab800000beef${id}`,
      spanId: id,
      name: `span ${n}`,
      kind: 2,
      startTimeUnixNano: '1763683200000000001',
      endTimeUnixNano: '1763683200000000009',
      attributes: [{ key: 'url.path', value: { stringValue: `/orders/${n}/items` } }],
    };
  });
}
