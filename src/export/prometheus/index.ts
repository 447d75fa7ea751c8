export { METRICS, type MetricDefinition } from './catalogue.ts';
export {
  startMetricsServer,
  type MetricsServer,
  type MetricsServerOptions,
} from './metrics-server.ts';
export type { QuantileEstimate, QuantilesOf } from './quantile-gauges.ts';
export {
  LABEL_SETS_MAX,
  type FaultState,
  type MetricsUpdate,
  type RunMetricsOptions,
} from './run-metrics.ts';
