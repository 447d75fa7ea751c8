import { dirname, resolve } from 'node:path';

import { HarnessError, invariant } from '../../core/index.ts';
// By its file: the index loads what reads files of spans too.
import {
  startOtlpReceiver,
  type OtlpReceiver,
  type OtlpReceiverOptions,
} from '../../ingest/otlp-receiver.ts';
import { startServices, type ServiceExit, type Services } from '../../processes/index.ts';
import { PlanGuard, startProxyAdmin, startProxyHost, type ProxyHost } from '../../proxy/index.ts';
import { parseAddress, type Address } from '../../scenario/index.ts';
import type { Provider } from './providers.ts';

/** Takes the spans of services and makes them durable. */
export function receiverProvider(options: OtlpReceiverOptions): Provider<OtlpReceiver> {
  return {
    start: async () => {
      const receiver = await startOtlpReceiver(options);
      return { handle: receiver, stop: () => receiver.close() };
    },
  };
}

/** The proxies of the scenario, which faults are made in. */
export function proxiesProvider(options: {
  readonly runId: string;
  /** Called when the thread of the proxies dies. */
  readonly onFailure: (error: HarnessError) => void;
}): Provider<ProxyHost> {
  return {
    start: async ({ proxies, seed }) => {
      const host = await startProxyHost({ proxies, seed, ...options });
      const addresses = proxies.map(({ name }) => [name, addressOf(host, name)] as const);
      return {
        handle: host,
        references: { proxies: Object.fromEntries(addresses) },
        stop: () => host.close(),
      };
    },
  };
}

/** Returns where a proxy listens. */
export function addressOf(host: ProxyHost, proxy: string): Address {
  const address = parseAddress(host.address(proxy));
  invariant(address, `proxy ${proxy} listens at host:port`);
  return address;
}

/** The services of the scenario, and signals to the processes that its faults name. */
export function servicesProvider(options: {
  readonly ports: ReadonlyMap<string, number>;
  readonly otlpUrl: string;
  readonly signal: AbortSignal;
  readonly onExit: (exit: ServiceExit) => void;
  /** Called when the services' guardian dies. */
  readonly onGuardianDeath: (error: HarnessError) => void;
}): Provider<Services> {
  return {
    start: async (scenario) => {
      const targets = scenario.faults.flatMap(({ process }) => process ?? []);
      const services = await startServices({
        ...options,
        services: scenario.services,
        signalled: targets.length > 0,
        foreignPids: targets.flatMap(({ pid }) => pid ?? []),
        baseDir: resolve(dirname(scenario.source.file)),
      });
      return { handle: services, stop: () => services.stop() };
    },
  };
}

/** The admin API of the proxies. What the plan of the run needs cannot be changed there. */
export function proxyAdminProvider({
  proxies,
  ...options
}: {
  readonly listen: Address;
  readonly allowedHosts: readonly string[];
  readonly allowRemoteListen: boolean;
  readonly proxies: ProxyHost;
}): Provider<{ readonly url: string }> {
  return {
    start: async (scenario) => {
      const control = new PlanGuard(proxies, {
        proxies: scenario.proxies.map(({ name }) => name),
        faults: scenario.faults.flatMap(({ name, proxy }) =>
          proxy === undefined ? [] : [{ proxy, name }],
        ),
      });
      const admin = await startProxyAdmin({ control, ...options });
      return { handle: admin, stop: () => admin.close() };
    },
  };
}

/** @throws USAGE_INVALID where the scenario has no proxies */
export function checkProxyAdmin(scenario: { name: string; proxies: readonly unknown[] }): void {
  if (scenario.proxies.length > 0) return;
  const message = `--proxy-admin is for proxies, and ${scenario.name} has none`;
  throw new HarnessError('USAGE_INVALID', message, {
    hint: 'Leave the option out, or give the scenario proxies.',
  });
}
