import { isAbsolute, resolve } from 'node:path';
import type { ServiceSpec } from '../scenario/index.ts';
import type { ProcessSpec } from './guardian-messages.ts';
import { servicePath } from './service-path.ts';

/** What a service is given by its run. */
export interface ServiceEnvironment {
  readonly port: number;
  /** The run's OTLP receiver, without `/v1/traces`. */
  readonly otlpUrl: string;
  /** Absolute folder that a service's `cwd` is relative to: the scenario file's. */
  readonly baseDir: string;
  /** The environment that it inherits; that of this process where left out. */
  readonly inherited?: Readonly<Record<string, string | undefined>>;
}

/** How often a service exports, 5 s by default: what a kill loses, and what a wait costs. */
const EXPORT_DELAY_MS = 500;

/**
 * Returns how to spawn a service. `node` means the Node that callgauge runs on; a relative path to
 * a program is relative to the service's folder; any other name is looked up in PATH, less what npm
 * put there for callgauge. Of the environment, what the service declares wins over what callgauge
 * sets, except for PORT, and both over what callgauge inherited.
 */
export function processSpec(service: ServiceSpec, environment: ServiceEnvironment): ProcessSpec {
  const cwd = resolve(environment.baseDir, service.cwd);
  const [program = '', ...args] = service.command;
  const path = servicePath(environment.inherited ?? process.env);
  return {
    name: service.name,
    file: programFile(program, cwd),
    args,
    cwd,
    env: {
      ...telemetryEnv(service.name, environment),
      HOST: '127.0.0.1',
      ...(path !== undefined && { PATH: path }),
      ...service.env,
      PORT: String(environment.port),
    },
  };
}

function programFile(program: string, cwd: string): string {
  if (program === 'node') return process.execPath;
  const isPath = /[/\\]/u.test(program);
  return isPath && !isAbsolute(program) ? resolve(cwd, program) : program;
}

/**
 * The variables of the OpenTelemetry specification by which an SDK finds the run's receiver, and
 * sends it spans soon. Those for traces alone would win over the general ones, so an inherited one
 * is taken away. Metrics and logs, which many SDKs send unasked, are not taken there: they are
 * turned off, unless the user's environment says where they go.
 */
function telemetryEnv(
  name: string,
  { otlpUrl, inherited = process.env }: ServiceEnvironment,
): Record<string, string | null> {
  const others = ['OTEL_METRICS_EXPORTER', 'OTEL_LOGS_EXPORTER'].filter(
    (variable) => inherited[variable] === undefined,
  );
  return {
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: null,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: null,
    OTEL_BSP_SCHEDULE_DELAY: String(EXPORT_DELAY_MS),
    ...Object.fromEntries(others.map((variable) => [variable, 'none'])),
  };
}
