import { describe, expect, it } from 'vitest';
import { processSpec } from '../../src/processes/process-spec.ts';
import type { ServiceSpec } from '../../src/scenario/index.ts';

const AROUND = {
  port: 7101,
  otlpUrl: 'http://127.0.0.1:4318',
  baseDir: '/home/me/scenarios',
  inherited: {},
};

function service(changes: Partial<ServiceSpec>): ServiceSpec {
  return {
    name: 'orders',
    command: ['node', 'main.ts'],
    cwd: '../shop',
    env: {},
    ready: { by: 'http', path: '/healthz' },
    readyWithinNs: 1e9,
    ...changes,
  };
}

describe('processSpec', () => {
  it.each([
    ['node', process.execPath],
    ['./bin/orders', '/home/me/shop/bin/orders'],
    ['/usr/bin/orders', '/usr/bin/orders'],
    ['orders', 'orders'],
  ])('takes the program %s for %s', (program, file) => {
    expect(processSpec(service({ command: [program, '--x'] }), AROUND)).toMatchObject({
      file,
      args: ['--x'],
      cwd: '/home/me/shop',
    });
  });

  it('tells the service where it stands, and lets it overrule all of it but PORT', () => {
    const { env } = processSpec(service({ env: { PORT: '1', OTEL_SERVICE_NAME: 'o' } }), AROUND);
    expect(env).toEqual({
      PORT: '7101',
      HOST: '127.0.0.1',
      OTEL_SERVICE_NAME: 'o',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: null,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: null,
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
    });
  });

  it('leaves metrics and logs to an environment that says where they go', () => {
    const inherited = { OTEL_METRICS_EXPORTER: 'prometheus' };
    const { env } = processSpec(service({ env: {} }), { ...AROUND, inherited });
    expect(env).not.toHaveProperty('OTEL_METRICS_EXPORTER');
    expect(env).toMatchObject({ OTEL_LOGS_EXPORTER: 'none' });
  });
});
