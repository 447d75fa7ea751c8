export { CallSpans, type CallIds, type CallSpansOptions, type CallSpansRun } from './call-spans.ts';
export { endpointOf, endpointPort, type CallEndpoint, type CallFaults } from './call-attributes.ts';
export { redactedUrl } from './redacted-url.ts';
