export * from './head-sampling.ts';
export * from './propagation-formats.ts';
export * from './run-ids.ts';
export * from './trace-fields.ts';
export type { TraceIds } from './trace-id.ts';
export * from './w3c-baggage.ts';
export * from './w3c-traceparent.ts';
