import type { Attributes } from '@opentelemetry/api';
import { failureReason, invariant, NO_STATUS, type StatusNames } from '../../core/index.ts';
import type { KeptCall } from '../../record/index.ts';
import { redactedUrl } from './redacted-url.ts';

/** Where a step's calls go. */
export interface CallEndpoint {
  /** The whole URL of the request; secrets in it do not reach the span. */
  readonly url: string;
  /** Of a Unix socket, its path; absent for none. */
  readonly socketPath?: string;
  /** What the protocol says of the call, by OpenTelemetry's conventions; `url.full` is redacted. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Which attribute has the status of a call. */
  readonly statusAttribute: string;
  /** How statuses are shown; absent where they are numbers. */
  readonly statusNames?: StatusNames;
  /** The step's tags; absent for none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The further endpoints of its target, from the second on; absent for none. */
  readonly others?: readonly CallEndpoint[];
}

/** Returns where a call went, of the endpoints of its step. */
export function endpointOf(step: CallEndpoint, { endpoint = 0 }: KeptCall): CallEndpoint {
  return step.others?.[endpoint - 1] ?? step;
}

/** Returns the attributes that all calls of a step share, by OpenTelemetry's conventions. */
export function endpointAttributes(endpoint: CallEndpoint): Attributes {
  invariant(URL.canParse(endpoint.url), `a step's URL is whole, got '${endpoint.url}'`);
  const { hostname } = new URL(endpoint.url);
  const { attributes, socketPath, tags = {} } = endpoint;
  const full = attributes['url.full'];
  const named = Object.entries(tags).map(
    ([tag, value]) => [`callgauge.tag.${tag}`, value] as const,
  );
  return {
    ...Object.fromEntries(named),
    ...attributes,
    ...(full !== undefined && { 'url.full': redactedUrl(full) }),
    ...(socketPath === undefined
      ? {
          'server.address': hostname.replace(/^\[|\]$/gu, ''),
          'server.port': endpointPort(endpoint),
        }
      : { 'server.address': socketPath, 'network.transport': 'unix' }),
  };
}

/** Returns the port that a step's calls go to; 0 for a Unix socket. */
export function endpointPort({ url, socketPath }: CallEndpoint): number {
  if (socketPath !== undefined) return 0;
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** The faults of one call, by name. */
export interface CallFaults {
  /** Those that touched it. */
  readonly touchedBy: readonly string[];
  /** Those that were active at some moment of it. */
  readonly active: readonly string[];
}

/** Returns the attributes of one call. */
export function callAttributes(
  call: KeptCall,
  { statusAttribute, statusNames }: CallEndpoint,
  { touchedBy, active }: CallFaults,
): Attributes {
  const attributes: Attributes = {
    'callgauge.step': call.step,
    'callgauge.seq': call.seq,
    'callgauge.outcome': call.outcome,
    'callgauge.kept': call.kept,
    'callgauge.intended_ns': call.intendedNs,
    'callgauge.lag_ns': call.seenNs - call.intendedNs,
    'callgauge.wait_ns': call.sentNs - call.seenNs,
    'callgauge.response_ns': call.endNs - call.intendedNs,
  };
  if (call.phase !== '') attributes['callgauge.phase'] = call.phase;
  if (touchedBy.length > 0) attributes['callgauge.fault'] = touchedBy.join(',');
  if (active.length > 0) attributes['callgauge.fault.active'] = active.join(',');
  if (call.status !== NO_STATUS) attributes[statusAttribute] = call.status;
  const error = errorType(call, statusNames);
  if (error !== '') attributes['error.type'] = error;
  if (call.outcome !== 'ok') attributes['callgauge.reason'] = failureReason(call, statusNames);
  if (call.attempt !== undefined && call.callOutcome !== undefined) {
    attributes['callgauge.attempt'] = call.attempt;
    attributes['callgauge.call.outcome'] = call.callOutcome;
    if (call.attempt > 1) attributes['http.request.resend_count'] = call.attempt - 1;
  }
  return attributes;
}

/** Returns what a failed call's span is marked with, a word of few kinds; '' for one that is ok. */
function errorType(call: KeptCall, known: StatusNames | undefined): string {
  if (call.outcome === 'ok') return '';
  if (call.outcome === 'status') return known?.names[call.status] ?? String(call.status);
  return call.outcome === 'transport' && call.error !== '' ? call.error : call.outcome;
}
