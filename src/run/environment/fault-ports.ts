import type { FaultPort } from '../../faults/index.ts';
import type { ProxyHost } from '../../proxy/index.ts';
import { parseAddress, type Scenario } from '../../scenario/index.ts';
import { addressOf } from './system-providers.ts';

/**
 * Returns where calls meet faults, by the ports that spans of the callers name. A call to a proxy
 * goes through it and ends at the service behind it, where that is one of the run.
 */
export function faultPortsOf(
  { services, proxies }: Pick<Scenario, 'services' | 'proxies'>,
  ports: ReadonlyMap<string, number>,
  host: ProxyHost | undefined,
): readonly FaultPort[] {
  const ofServices = services.map(({ name }): FaultPort => ({
    port: ports.get(name) ?? 0,
    placeKind: 'service',
    place: name,
  }));
  const ofProxies = proxies.flatMap(({ name, upstream }): FaultPort[] => {
    const port = host ? addressOf(host, name).port : 0;
    const behind = ofServices.filter((service) => service.port === parseAddress(upstream)?.port);
    return [
      { port, placeKind: 'proxy', place: name },
      ...behind.map((service) => ({ ...service, port })),
    ];
  });
  return [...ofServices, ...ofProxies];
}
