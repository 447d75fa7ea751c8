export { AdminClient, type SeenProxy, type SeenToxic } from './admin/admin-client.ts';
export { ApiError } from './admin/api-error.ts';
export { PROXY_METRICS } from './admin/admin-metrics.ts';
export { startProxyAdmin, type ProxyAdmin } from './admin/admin-server.ts';
export { PlanGuard, type PlannedFault } from './admin/plan-guard.ts';
export { populateProxies, type Populated } from './admin/populate.ts';
export { readProxyList, type WantedProxy } from './admin/proxy-json.ts';
export {
  dialEndpoint,
  formatEndpoint,
  parseEndpoint,
  resolveListen,
  type Endpoint,
} from './endpoint.ts';
export { loggedControl, proxyText } from './logged-control.ts';
export type { ProxyControl, ProxyState } from './proxy-control.ts';
export { startProxyHost, type ProxyHost } from './proxy-host.ts';
export { ProxySet } from './proxy-set.ts';
export type { ProxyStats } from './proxy-stats.ts';
