import { HarnessError } from '../../core/index.ts';
import { PlanGuard, startProxyAdmin, type ProxyAdmin } from '../../proxy/index.ts';
import type { ListenAddress } from './listen-address.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Serves the admin API for the proxies of a run. What its plan needs cannot be changed there.
 * @throws LISTEN_FAILED; USAGE_INVALID where the scenario has no proxies
 */
export async function serveRunAdmin(
  listen: ListenAddress,
  { scenario, proxies }: Pick<Surroundings, 'scenario' | 'proxies'>,
): Promise<ProxyAdmin> {
  if (proxies === undefined) {
    const message = `--proxy-admin is for proxies, and ${scenario.name} has none`;
    throw new HarnessError('USAGE_INVALID', message, {
      hint: 'Leave the option out, or give the scenario proxies.',
    });
  }
  const control = new PlanGuard(proxies, {
    proxies: scenario.proxies.map(({ name }) => name),
    faults: scenario.faults.flatMap(({ name, proxy }) =>
      proxy === undefined ? [] : [{ proxy, name }],
    ),
  });
  return startProxyAdmin({ control, listen });
}
