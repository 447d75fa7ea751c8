export * from './byte-reader.ts';
export * from './clock.ts';
export * from './virtual-clock.ts';
export * from './connect-error.ts';
export * from './connection-bound.ts';
export type * from './connect-parts.ts';
export * from './counted.ts';
export * from './errors.ts';
export * from './fault-attributes.ts';
export * from './false-discovery.ts';
export * from './file-problem.ts';
export * from './exact-json.ts';
export { IdentitySet } from './identity-set.ts';
export * from './sampled-ratio.ts';
export * from './form-text.ts';
export {
  failureReason,
  GRPC_STATUSES,
  type GrpcStatus,
  NO_STATUS,
  type StatusNames,
  statusName,
  statusText,
} from './call-status.ts';
export * from './invariant.ts';
export * from './json-value.ts';
export * from './listen.ts';
export * from './module-url.ts';
export * from './nearest-name.ts';
export * from './outcome.ts';
export * from './precise-clock.ts';
export * from './printable.ts';
export * from './process-identity.ts';
export * from './process-limits.ts';
export * from './read-at-most.ts';
export * from './recorded-duration.ts';
export * from './recorded-time.ts';
export * from './rng.ts';
export * from './run.ts';
export * from './rows-end-text.ts';
export * from './series.ts';
export * from './span.ts';
export * from './sparse-histogram.ts';
export * from './units.ts';
export { unlessStopped } from './unless-stopped.ts';
export * from './unix-url.ts';
export * from './web-refusal.ts';
export * from './wrap.ts';
