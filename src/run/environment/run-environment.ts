import { endedText, type HarnessError, type Span } from '../../core/index.ts';
import type { FaultPort } from '../../faults/index.ts';
import type { OtlpReceiver } from '../../ingest/index.ts';
import { acceptSpansOf } from '../../ingest/spans-of-block.ts';
import { allocatePorts, type ServiceExit, type Services } from '../../processes/index.ts';
import type { ProxyHost } from '../../proxy/index.ts';
import {
  readTlsFiles,
  resolveReferences,
  type Address,
  type PlannedScenario,
  type ReachableScenario,
  type ReadyScenario,
} from '../../scenario/index.ts';
import type { RunObserver } from '../run-observer.ts';
import { faultPortsOf } from './fault-ports.ts';
import { metricsProvider, type LiveMetrics } from './live-metrics.ts';
import { Providers } from './providers.ts';
import {
  checkProxyAdmin,
  proxiesProvider,
  proxyAdminProvider,
  receiverProvider,
  servicesProvider,
} from './system-providers.ts';

export interface RunEnvironmentOptions {
  readonly scenario: PlannedScenario;
  readonly runId: string;
  /** Makes spans of services durable. */
  readonly acceptSpans: (spans: readonly Span[]) => Promise<void>;
  /** Where the OTLP receiver listens; port 0 takes a free one. */
  readonly receive: Address;
  /** Where Prometheus metrics are served; undefined for nowhere. */
  readonly metrics: Address | undefined;
  /** Where the proxies' admin API listens; undefined for nowhere. */
  readonly proxyAdmin: Address | undefined;
  /** Names under which these ports may be called beside those of loopback and their own. */
  readonly allowedHosts: readonly string[];
  /** Whether a request to the admin API may have a proxy listen beyond loopback. */
  readonly allowRemoteListen: boolean;
  /** The variables that references to the environment stand for. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly observer: RunObserver;
  /** Ends the start early. */
  readonly signal: AbortSignal;
  /** Called for each service that ended though nobody asked it to. */
  readonly onServiceExit: (exit: ServiceExit) => void;
  /** Called when the run cannot go on: the proxies or the services' guardian died. */
  readonly onFailure: (error: HarnessError) => void;
}

/** What a run needs around its load for as long as it lasts. */
export interface RunEnvironment {
  readonly scenario: ReadyScenario;
  readonly receiver: OtlpReceiver;
  /** Undefined for a scenario without proxies. */
  readonly proxies: ProxyHost | undefined;
  /** Undefined for a scenario that starts no service and acts on no process. */
  readonly services: Services | undefined;
  /** Undefined where no metrics are served. */
  readonly metrics: LiveMetrics | undefined;
  readonly faultPorts: readonly FaultPort[];
  /** Stops its providers in reverse order. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts what a scenario needs around it and resolves when all of it is ready.
 * @throws USAGE_INVALID, LISTEN_FAILED, PROCESS_UNUSABLE, SERVICE_START_FAILED, SCENARIO_REFERENCE,
 *   TLS_UNUSABLE, GRPC_REFLECTION_FAILED; nothing is left running then.
 */
export async function startRunEnvironment(options: RunEnvironmentOptions): Promise<RunEnvironment> {
  const { runId, observer, signal, onFailure, allowedHosts } = options;
  if (options.proxyAdmin) checkProxyAdmin(options.scenario);
  const ports = await allocatePorts(options.scenario.services.map(({ name }) => name));
  const resolved = resolveReferences(options.scenario, {
    services: Object.fromEntries([...ports].map(([name, port]) => [name, loopback(port)])),
    env: options.env,
  });
  const providers = new Providers(await readTlsFiles(resolved), signal);
  try {
    const metrics =
      options.metrics &&
      (await providers.start(metricsProvider({ ...options.metrics, allowedHosts }, runId)));
    if (metrics) observer.note(`metrics at ${metrics.url}`);
    const receiver = await providers.start(
      receiverProvider({
        ...options.receive,
        allowedHosts,
        accept: (block) => acceptSpansOf(block, options.acceptSpans),
        onNotice: (text) => observer.note(`spans of services: ${text}`),
      }),
    );
    observer.note(`receiving spans at ${receiver.url}`);
    const proxies =
      resolved.proxies.length === 0
        ? undefined
        : await providers.start(proxiesProvider({ runId, onFailure }));
    const services = needsGuardian(resolved)
      ? await providers.start(
          servicesProvider({
            ports,
            otlpUrl: receiver.url,
            signal,
            onExit: (exit) => {
              noteExit(exit, observer);
              options.onServiceExit(exit);
            },
            onGuardianDeath: onFailure,
          }),
        )
      : undefined;
    if (options.proxyAdmin && proxies) {
      const { proxyAdmin: listen, allowRemoteListen } = options;
      const admin = await providers.start(
        proxyAdminProvider({ listen, allowedHosts, allowRemoteListen, proxies }),
      );
      observer.note(`admin API of the proxies at ${admin.url}`);
    }
    const scenario = await readyOf(providers.scenario);
    signal.throwIfAborted();
    const faultPorts = faultPortsOf(scenario, ports, proxies);
    const stop = (): Promise<void> => providers.stop();
    return { scenario, receiver, proxies, services, metrics, faultPorts, stop };
  } catch (error) {
    await providers.stop();
    throw error;
  }
}

/** Loads what knows gRPC where a target speaks it. */
async function readyOf(scenario: ReachableScenario): Promise<ReadyScenario> {
  if (scenario.targets.every(({ grpc }) => grpc === undefined)) {
    return { ...scenario, targets: scenario.targets.map(({ grpc: _none, ...target }) => target) };
  }
  const { withSchemas } = await import('../prepare/grpc-schemas.ts');
  return withSchemas(scenario);
}

/** Signals to processes go through the guardian too. */
function needsGuardian({ services, faults }: Pick<ReadyScenario, 'services' | 'faults'>): boolean {
  return services.length > 0 || faults.some(({ process }) => process !== undefined);
}

function noteExit(exit: ServiceExit, observer: RunObserver): void {
  observer.note(`service ${exit.name} ended ${endedText(exit)} while the run went on`);
  const lines = exit.lastOutput === '' ? [] : exit.lastOutput.split(/\r?\n/u);
  for (const line of lines) observer.note(`  | ${line}`);
}

function loopback(port: number): Address {
  return { host: '127.0.0.1', port };
}
