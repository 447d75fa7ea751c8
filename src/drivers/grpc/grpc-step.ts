import {
  errorText,
  GRPC_STATUS_BASE,
  GRPC_STATUSES,
  HarnessError,
  invariant,
  type Ns,
} from '../../core/index.ts';
import type { RenderedRequest } from '../../flow/index.ts';
import type { GrpcCallSpec, StepSpec } from '../../scenario/index.ts';
import type { TargetAddress } from '../http/index.ts';
import { callHead, type CallHead } from './call-head.ts';
import { framedMessage } from './message-frame.ts';
import { messageBytes } from './message-json.ts';
import type { GrpcSchema, MethodSchema } from './schema.ts';

/** What one call sends: its head, and its messages, each framed. */
export interface Outgoing {
  readonly head: CallHead;
  /** Not empty, unless the step says so. They are sent `repeat` times. */
  readonly messages: readonly Buffer[];
}

/** What stays the same whatever a call of the step sends. */
export interface GrpcStep {
  readonly call: GrpcCallSpec;
  readonly method: MethodSchema;
  readonly timeoutNs: Ns;
  /** 1 for every status that counts as ok, by the code of gRPC. */
  readonly okCodes: Uint8Array;
  /**
   * Returns what a call sends; a short text where what was filled in makes no message. `request` is
   * undefined where nothing is filled in.
   */
  readonly outgoing: (request: RenderedRequest | undefined) => Outgoing | string;
}

export interface GrpcStepOptions {
  readonly step: StepSpec;
  readonly schema: GrpcSchema;
  readonly address: TargetAddress;
  /** Whether calls carry a traceparent. */
  readonly traced: boolean;
}

/**
 * Returns a step as it is sent: what never varies is encoded here, once.
 * @throws SCENARIO_INVALID for a message that does not fit its type.
 */
export function grpcStep({ step, schema, address, traced }: GrpcStepOptions): GrpcStep {
  const { grpc: call, http } = step;
  invariant(call !== undefined, `step ${step.name} is one of gRPC`);
  const method = schema.method(call.service, call.method);
  invariant(method !== undefined, `${call.service}/${call.method} was checked to be there`);
  const headOf = (headers: RenderedRequest['headers']): CallHead =>
    callHead({ path: http.path, headers, address, traced, deadlineNs: call.deadlineNs });
  const fixed = http.templates ? undefined : fixedOutgoing(step, method, headOf(http.headers));
  // A flow hands the same list on as long as none of the metadata varies.
  let headers = http.headers;
  let head = fixed?.head ?? headOf(headers);
  const okCodes = new Uint8Array(GRPC_STATUSES.length);
  for (const { from, to } of step.okStatuses) {
    okCodes.fill(1, from - GRPC_STATUS_BASE, to + 1 - GRPC_STATUS_BASE);
  }
  return {
    call,
    method,
    timeoutNs: step.timeoutNs,
    okCodes,
    outgoing: (request) => {
      if (request === undefined) {
        invariant(fixed !== undefined, 'what varies is filled in');
        return fixed;
      }
      if (request.headers !== headers) {
        headers = request.headers;
        head = headOf(headers);
      }
      try {
        return { head, messages: messagesOf(call, method, request.body) };
      } catch (error) {
        return `no ${method.request.name}: ${withoutValue(errorText(error))}`;
      }
    },
  };
}

/**
 * Returns the framed messages of a JSON text.
 * @throws Error that names a field and what it must be.
 */
export function messagesOf(
  { isList }: GrpcCallSpec,
  { request }: MethodSchema,
  body: string,
): readonly Buffer[] {
  const json: unknown = JSON.parse(body);
  const list: readonly unknown[] = isList && Array.isArray(json) ? json : [json];
  return list.map((message) => framedMessage(messageBytes(request, message)));
}

function fixedOutgoing(step: StepSpec, method: MethodSchema, head: CallHead): Outgoing {
  invariant(step.grpc !== undefined, 'a step of gRPC');
  try {
    return { head, messages: messagesOf(step.grpc, method, step.http.body) };
  } catch (error) {
    throw new HarnessError('SCENARIO_INVALID', `step ${step.name}: ${errorText(error)}`, {
      hint: 'Change the message, or the value of the reference in it.',
      cause: error,
    });
  }
}

/** The texts of failed calls are few: what differs from call to call is left out. */
function withoutValue(text: string): string {
  return /^(\.?[\w.]+: [^:]*)/u.exec(text)?.[1] ?? 'bad message';
}
