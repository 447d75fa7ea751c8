import { nsFromMs, type Ratio } from '../../core/index.ts';
import type { RequestFacts } from './request-matcher.ts';
import type { Abort, RequestPlan } from './request-plan.ts';

/** What of a request is drawn for when its caller asks for a share. */
export type CallerDraw = 'abort' | 'delay' | 'throughput';

const PREFIX = 'x-envoy-fault';
const WHOLE_NUMBER = /^\d{1,9}$/u;
/** As Envoy has it, so that what looks for it finds it here too. */
const ABORT_TEXT = 'fault filter abort';
const GRPC_STATUS_MAX = 16;
const BYTES_PER_KIB = 1024;

/**
 * Returns the fault that a request's own headers ask for, by Envoy's names; nothing where they ask
 * for none. A value that is out of range or no whole number is passed over, as Envoy does; of two
 * aborts the one by HTTP status counts. `draw` gives a number x, 0 <= x < 1, for each purpose: a
 * fault with a percentage of p is done where 100 x < p.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/fault_filter
 */
export function callerPlan(
  request: RequestFacts,
  draw: (purpose: CallerDraw) => Ratio,
): RequestPlan {
  const isMeant = (purpose: CallerDraw, percentageOf: string): boolean => {
    const percent = wholeNumber(request, `${percentageOf}-percentage`, 0, Infinity);
    return percent === undefined || draw(purpose) * 100 < percent;
  };
  const abort = abortOf(request);
  const delayMs = wholeNumber(request, `${PREFIX}-delay-request`, 0, Infinity);
  const throughput = `${PREFIX}-throughput-response`;
  const rateKiBPerSec = wholeNumber(request, throughput, 1, Infinity);
  const isAborted = abort && isMeant('abort', `${PREFIX}-abort-request`);
  const isDelayed = delayMs !== undefined && isMeant('delay', `${PREFIX}-delay-request`);
  const isSlowed = rateKiBPerSec !== undefined && isMeant('throughput', throughput);
  return {
    ...(isAborted && { abort }),
    ...(isDelayed && { delayNs: nsFromMs(delayMs) }),
    ...(isSlowed && { bodyRates: [{ bytesPerSec: rateKiBPerSec * BYTES_PER_KIB }] }),
  };
}

function abortOf(request: RequestFacts): Abort | undefined {
  const status = wholeNumber(request, `${PREFIX}-abort-request`, 200, 599);
  if (status !== undefined) {
    const headers = { 'content-type': 'text/plain' };
    return { kind: 'answer', status, headers, body: ABORT_TEXT };
  }
  const grpc = wholeNumber(request, `${PREFIX}-abort-grpc-request`, 0, GRPC_STATUS_MAX);
  return grpc === undefined ? undefined : { kind: 'grpc', status: grpc, message: ABORT_TEXT };
}

function wholeNumber(
  request: RequestFacts,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const text = request.header(name);
  if (text === undefined || !WHOLE_NUMBER.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}
