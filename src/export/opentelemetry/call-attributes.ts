import type { Attributes } from '@opentelemetry/api';
import { invariant } from '../../core/index.ts';
import type { KeptCall } from '../../record/index.ts';
import { redactedUrl } from './redacted-url.ts';

/** Where a step's calls go. */
export interface CallEndpoint {
  readonly method: string;
  /** The whole URL of the request; secrets in it do not reach the span. */
  readonly url: string;
}

/** Returns the attributes that all calls of a step share, by OpenTelemetry's HTTP conventions. */
export function endpointAttributes(endpoint: CallEndpoint): Attributes {
  invariant(URL.canParse(endpoint.url), `a step's URL is whole, got '${endpoint.url}'`);
  const { hostname, port, protocol } = new URL(endpoint.url);
  return {
    'http.request.method': endpoint.method,
    'url.full': redactedUrl(endpoint.url),
    'server.address': hostname.replace(/^\[|\]$/gu, ''),
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}

/** Returns the attributes of one call. `faults`: the fault windows that it overlapped, by name. */
export function callAttributes(call: KeptCall, faults: readonly string[]): Attributes {
  const attributes: Attributes = {
    'callgauge.phase': call.phase,
    'callgauge.step': call.step,
    'callgauge.seq': call.seq,
    'callgauge.outcome': call.outcome,
    'callgauge.kept': call.kept,
    'callgauge.intended_ns': call.intendedNs,
    'callgauge.lag_ns': call.seenNs - call.intendedNs,
    'callgauge.wait_ns': call.sentNs - call.seenNs,
    'callgauge.response_ns': call.endNs - call.intendedNs,
  };
  if (faults.length > 0) attributes['callgauge.fault'] = faults.join(',');
  if (call.status > 0) attributes['http.response.status_code'] = call.status;
  const error = errorType(call);
  if (error !== '') attributes['error.type'] = error;
  return attributes;
}

/** Returns what a failed call's span is marked with, a word of few kinds; '' for one that is ok. */
function errorType(call: KeptCall): string {
  if (call.outcome === 'ok') return '';
  if (call.outcome === 'status') return String(call.status);
  return call.outcome === 'transport' && call.error !== '' ? call.error : call.outcome;
}
