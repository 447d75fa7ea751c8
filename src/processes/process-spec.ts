import { isAbsolute, resolve } from 'node:path';
import type { ServiceSpec } from '../scenario/index.ts';
import type { ProcessSpec } from './guardian-messages.ts';

/** What every service is told of the run around it. */
export interface ServiceSurroundings {
  readonly port: number;
  /** The run's OTLP receiver, without `/v1/traces`. */
  readonly otlpUrl: string;
  /** Absolute folder that a service's `cwd` is relative to: the scenario file's. */
  readonly baseDir: string;
}

/**
 * Returns how to spawn a service. `node` means the Node that callgauge runs on; a relative path to a
 * program is relative to the service's folder; any other name is looked up in PATH. Of the
 * environment, what the service declares wins over what callgauge sets, except for PORT, and both
 * over what callgauge inherited.
 */
export function processSpec(service: ServiceSpec, around: ServiceSurroundings): ProcessSpec {
  const cwd = resolve(around.baseDir, service.cwd);
  const [program = '', ...args] = service.command;
  return {
    name: service.name,
    file: programFile(program, cwd),
    args,
    cwd,
    env: {
      ...telemetryEnv(service.name, around.otlpUrl),
      HOST: '127.0.0.1',
      ...service.env,
      PORT: String(around.port),
    },
  };
}

function programFile(program: string, cwd: string): string {
  if (program === 'node') return process.execPath;
  const isPath = /[/\\]/u.test(program);
  return isPath && !isAbsolute(program) ? resolve(cwd, program) : program;
}

/**
 * The variables of the OpenTelemetry specification by which an SDK finds the run's receiver. Those
 * for traces alone would win over the general ones, so an inherited one is taken away.
 */
function telemetryEnv(name: string, otlpUrl: string): Record<string, string | null> {
  return {
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: null,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: null,
  };
}
