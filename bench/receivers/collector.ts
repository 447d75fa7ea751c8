import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram, startProcess } from '../child-process.ts';
import { freePort } from '../servers/free-port.ts';
import { untilAccepting } from '../servers/until-accepting.ts';
import {
  BOUND_SEC,
  runningReceiver,
  START_WITHIN_SEC,
  type ReceiverUnderTest,
} from './receiver-under-test.ts';

const PARTS = process.env['CALLGAUGE_PARTS'];
const PROGRAM =
  process.env['CALLGAUGE_COLLECTOR'] ??
  (PARTS === undefined ? 'otelcol-contrib' : join(PARTS, 'bin/otel-collector'));

/**
 * OpenTelemetry's Collector: OTLP over HTTP, batches, the ClickHouse exporter over the native
 * protocol, all as they are by default, but that a full queue makes the batches wait and drops
 * none, and that an insert may take 60 s: after 5 s it would be made again, and its spans be there
 * twice.
 */
export const collector: ReceiverUnderTest = {
  name: 'collector',
  missing: () =>
    hasProgram(PROGRAM)
      ? undefined
      : 'no Collector: otelcol-contrib on the PATH, CALLGAUGE_COLLECTOR, or CALLGAUGE_PARTS (test/integration/parts/install.sh)',
  start: async ({ server, database, scratch }) => {
    const port = await freePort();
    const config = {
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      processors: { batch: {} },
      exporters: {
        clickhouse: {
          endpoint: server.nativeUrl,
          database,
          timeout: '60s',
          sending_queue: { block_on_overflow: true },
        },
      },
      service: {
        telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
        pipelines: {
          traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['clickhouse'] },
        },
      },
    };
    const file = join(scratch, 'collector.json');
    writeFileSync(file, JSON.stringify(config));
    const child = startProcess([PROGRAM, `--config=${file}`], { boundSec: BOUND_SEC });
    await untilAccepting('the Collector', port, START_WITHIN_SEC);
    return runningReceiver(child, port);
  },
};
