export { formatEndpoint, parseEndpoint, type Endpoint } from './endpoint.ts';
export { startProxyHost, type ProxyHost, type ToxicMoment } from './proxy-host.ts';
export type { ProxyStats } from './proxy-stats.ts';
export { runFaultPlan, type RunningFaultPlan } from './run-fault-plan.ts';
