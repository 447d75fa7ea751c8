export { PROXY_METRICS } from './admin-metrics.ts';
export { startProxyAdmin, type ProxyAdmin } from './admin-server.ts';
export { PlanGuard, type PlannedFault } from './plan-guard.ts';
export { standProxies, type Populated } from './populate.ts';
export { readProxyList, type WantedProxy } from './proxy-list.ts';
export { ApiError } from './api-error.ts';
