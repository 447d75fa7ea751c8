export { PROXY_METRICS } from './admin-metrics.ts';
export { startProxyAdmin, type ProxyAdmin } from './admin-server.ts';
export { PlanGuard, type PlannedFault } from './plan-guard.ts';
export { populateProxies, type Populated } from './populate.ts';
