import { dirname, resolve } from 'node:path';

import { invariant, type HarnessError, type Span } from '../../core/index.ts';
import type { StopRequest } from '../signals.ts';
import type { ListenAddress } from './listen-address.ts';
import type { FaultPort } from '../../faults/index.ts';
import { startOtlpHttpReceiver, type OtlpHttpReceiver } from '../../ingest/index.ts';
import {
  allocatePorts,
  startServices,
  type ServiceExit,
  type Services,
} from '../../processes/index.ts';
import { startProxyHost, type ProxyHost } from '../../proxy/index.ts';
import {
  parseAddress,
  readTlsFiles,
  resolveReferences,
  type Address,
  type Scenario,
} from '../../scenario/index.ts';
import { withSchemas } from '../grpc-schemas.ts';

export interface SurroundingsOptions {
  readonly scenario: Scenario;
  readonly runId: string;
  /** Makes spans of services durable. */
  readonly acceptSpans: (spans: readonly Span[]) => Promise<void>;
  readonly receive: ListenAddress;
  readonly stop: StopRequest;
  readonly onServiceExit: (exit: ServiceExit) => void;
  /** Called when the run cannot go on: the proxies or the services' guardian died. */
  readonly onFailure: (error: HarnessError) => void;
}

/** What stands around a run: its receiver, its proxies and the services that it started. */
export interface Surroundings {
  /** The scenario, every reference in it resolved. */
  readonly scenario: Scenario;
  readonly receiver: OtlpHttpReceiver;
  /** Undefined for a scenario without proxies. */
  readonly proxies: ProxyHost | undefined;
  /** Undefined for a scenario that starts no service and acts on no process. */
  readonly services: Services | undefined;
  /** Where calls meet faults, by the ports that spans of the callers name. */
  readonly faultPorts: readonly FaultPort[];
  /**
   * Ends all of it in the order in which nothing is lost: services first, which flush their spans
   * into the receiver, then the receiver, which waits until those are durable, then the proxies.
   * May be called again.
   */
  close(): Promise<void>;
}

/**
 * Starts what a scenario needs around it and resolves when all of it is ready.
 * @throws LISTEN_FAILED, PROCESS_UNUSABLE, SERVICE_START_FAILED, SCENARIO_REFERENCE,
 *   GRPC_REFLECTION_FAILED; nothing is left running then.
 */
export async function startSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const receiver = await startOtlpHttpReceiver({
    accept: options.acceptSpans,
    ...options.receive,
  });
  let proxies: ProxyHost | undefined;
  let services: Services | undefined;
  const close = async (): Promise<void> => {
    await services?.stop();
    await receiver.close();
    await proxies?.close();
  };
  try {
    options.stop.signal.throwIfAborted();
    const ports = await allocatePorts(options.scenario.services.map(({ name }) => name));
    let scenario = resolveReferences(options.scenario, {
      services: Object.fromEntries([...ports].map(([name, port]) => [name, loopback(port)])),
      env: process.env,
    });
    scenario = await readTlsFiles(scenario);
    if (scenario.proxies.length > 0) {
      const { proxies: specs, seed } = scenario;
      const { runId, onFailure } = options;
      const host = await startProxyHost({ proxies: specs, seed, runId, onFailure });
      proxies = host;
      const listening = specs.map(({ name }) => [name, listeningAt(host, name)] as const);
      scenario = resolveReferences(scenario, { proxies: Object.fromEntries(listening) });
    }
    const acted = scenario.faults.flatMap(({ process: place }) => place ?? []);
    if (scenario.services.length > 0 || acted.length > 0) {
      services = await startServices({
        services: scenario.services,
        signalled: acted.length > 0,
        foreignPids: acted.flatMap(({ pid }) => pid ?? []),
        ports,
        otlpUrl: receiver.url,
        baseDir: resolve(dirname(scenario.source.file)),
        onExit: options.onServiceExit,
        onGuardianDeath: options.onFailure,
        signal: options.stop.signal,
      });
    }
    scenario = await withSchemas(scenario);
    options.stop.signal.throwIfAborted();
    const faultPorts = faultPortsOf(scenario, ports, proxies);
    return { scenario, receiver, proxies, services, faultPorts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * A call to a proxy goes through it and ends at the service behind it, where that is one of the
 * run.
 */
function faultPortsOf(
  { services, proxies }: Scenario,
  ports: ReadonlyMap<string, number>,
  host: ProxyHost | undefined,
): readonly FaultPort[] {
  const ofServices = services.map(({ name }) => servicePort(name, ports.get(name) ?? 0));
  const ofProxies = proxies.flatMap(({ name, upstream }): FaultPort[] => {
    const port = host ? listeningAt(host, name).port : 0;
    const behind = ofServices.filter((service) => service.port === parseAddress(upstream)?.port);
    return [
      { port, placeKind: 'proxy', place: name },
      ...behind.map((service) => ({ ...service, port })),
    ];
  });
  return [...ofServices, ...ofProxies];
}

function servicePort(place: string, port: number): FaultPort {
  return { port, placeKind: 'service', place };
}

function listeningAt(host: ProxyHost, name: string): Address {
  const address = parseAddress(host.address(name));
  invariant(address, `proxy ${name} listens at host:port`);
  return address;
}

function loopback(port: number): Address {
  return { host: '127.0.0.1', port };
}
