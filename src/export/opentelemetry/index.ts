export { CallSpans, type CallIds, type CallSpansOptions, type CallSpansRun } from './call-spans.ts';
export type { CallEndpoint } from './call-attributes.ts';
export { redactedUrl } from './redacted-url.ts';
