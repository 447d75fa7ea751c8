export * from './head-sampling.ts';
export * from './run-ids.ts';
export * from './w3c-baggage.ts';
export * from './w3c-traceparent.ts';
