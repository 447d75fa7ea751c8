import type { Attributes } from '@opentelemetry/api';
import { GRPC_STATUS_BASE, grpcStatusOf, invariant } from '../../core/index.ts';
import type { KeptCall } from '../../record/index.ts';
import { redactedUrl } from './redacted-url.ts';

/** Where a step's calls go. */
export interface CallEndpoint {
  readonly method: string;
  /** The whole URL of the request; secrets in it do not reach the span. */
  readonly url: string;
  /** The step's tags; absent for none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Of a gRPC call, whose URL says no more; absent for plain HTTP. */
  readonly rpc?: { readonly service: string; readonly method: string };
}

/** Returns the attributes that all calls of a step share, by OpenTelemetry's conventions. */
export function endpointAttributes(endpoint: CallEndpoint): Attributes {
  invariant(URL.canParse(endpoint.url), `a step's URL is whole, got '${endpoint.url}'`);
  const { hostname, port, protocol } = new URL(endpoint.url);
  const { rpc, tags = {} } = endpoint;
  const named = Object.entries(tags).map(
    ([tag, value]) => [`callgauge.tag.${tag}`, value] as const,
  );
  return {
    ...Object.fromEntries(named),
    ...(rpc
      ? { 'rpc.system': 'grpc', 'rpc.service': rpc.service, 'rpc.method': rpc.method }
      : {
          'http.request.method': endpoint.method,
          'url.full': redactedUrl(endpoint.url),
        }),
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
  if (grpcStatusOf(call.status) !== undefined) {
    attributes['rpc.grpc.status_code'] = call.status - GRPC_STATUS_BASE;
  } else if (call.status > 0) {
    attributes['http.response.status_code'] = call.status;
  }
  const error = errorType(call);
  if (error !== '') attributes['error.type'] = error;
  return attributes;
}

/** Returns what a failed call's span is marked with, a word of few kinds; '' for one that is ok. */
function errorType(call: KeptCall): string {
  if (call.outcome === 'ok') return '';
  if (call.outcome === 'status') return grpcStatusOf(call.status) ?? String(call.status);
  return call.outcome === 'transport' && call.error !== '' ? call.error : call.outcome;
}
