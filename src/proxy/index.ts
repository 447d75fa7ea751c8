export * from './admin/index.ts';
export {
  dialEndpoint,
  formatEndpoint,
  parseEndpoint,
  resolveListen,
  type Endpoint,
} from './endpoint.ts';
export type { DoneAt, ProxyControl, ProxyState } from './proxy-control.ts';
export { startProxyHost, type ProxyHost } from './proxy-host.ts';
export { ProxySet } from './proxy-set.ts';
export type { ProxyStats } from './proxy-stats.ts';
