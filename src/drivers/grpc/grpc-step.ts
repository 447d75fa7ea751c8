import {
  errorText,
  GRPC_STATUSES,
  HarnessError,
  invariant,
  mayHoldExact,
  type Ns,
  parseExactly,
} from '../../core/index.ts';
import type { RenderedRequest } from '../../flow/index.ts';
import type { GrpcCallSpec, StepSpec } from '../../scenario/index.ts';
import type { TraceField } from '../../trace/index.ts';
import type { TargetAddress } from '../http/index.ts';
import { blockEnd, TracedBlock } from '../http2/index.ts';
import { callFields } from './call-fields.ts';
import { compressedFrame } from './message-encoding.ts';
import { framedMessage } from './message-frame.ts';
import { messageBytes, withoutExact } from './message-json.ts';
import type { GrpcSchema, MethodSchema } from './schema.ts';

/** What one call sends: its head, and its messages, each framed. */
export interface Outgoing {
  readonly head: TracedBlock;
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
  /** The metadata that carry the trace context. */
  readonly trace: readonly TraceField[];
}

/**
 * Returns a step as it is sent: what never varies is encoded here, once.
 * @throws SCENARIO_INVALID for a message that does not fit its type.
 */
export function grpcStep({ step, schema, address, trace }: GrpcStepOptions): GrpcStep {
  const { call } = step;
  invariant(call.protocol === 'grpc', `step ${step.name} is one of gRPC`);
  const { request: own } = call;
  const path = `/${call.service}/${call.method}`;
  const method = schema.method(call.service, call.method);
  invariant(method !== undefined, `${call.service}/${call.method} was checked to be there`);
  const end = blockEnd(trace);
  const headOf = (headers: RenderedRequest['headers']): TracedBlock =>
    new TracedBlock(
      callFields({
        path,
        headers,
        address,
        deadlineNs: call.deadlineNs,
        encoding: call.compression,
      }),
      end,
    );
  const fixed = own.templates
    ? undefined
    : fixedOutgoing(step.name, call, method, headOf(own.headers));
  // A flow hands the same list on as long as none of the metadata varies.
  let headers = own.headers;
  let head = fixed?.head ?? headOf(headers);
  const okCodes = new Uint8Array(GRPC_STATUSES.length);
  for (const { from, to } of step.okStatuses) {
    okCodes.fill(1, from, to + 1);
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
  { isList, compression }: GrpcCallSpec,
  { request }: MethodSchema,
  body: string,
): readonly Buffer[] {
  const isExact = mayHoldExact(body);
  const json = isExact ? parseExactly(body) : (JSON.parse(body) as unknown);
  const list: readonly unknown[] = isList && Array.isArray(json) ? json : [json];
  return list.map((message) => {
    const bytes = messageBytes(request, isExact ? withoutExact(request, message) : message);
    return compression === undefined ? framedMessage(bytes) : compressedFrame(bytes, compression);
  });
}

function fixedOutgoing(
  step: string,
  call: GrpcCallSpec,
  method: MethodSchema,
  head: TracedBlock,
): Outgoing {
  try {
    return { head, messages: messagesOf(call, method, call.request.body) };
  } catch (error) {
    throw new HarnessError('SCENARIO_INVALID', `step ${step}: ${errorText(error)}`, {
      hint: 'Change the message, or the value of the reference in it.',
      cause: error,
    });
  }
}

/** The texts of failed calls are few: what differs from call to call is left out. */
function withoutValue(text: string): string {
  return /^(\.?[\w.]+: [^:]*)/u.exec(text)?.[1] ?? 'bad message';
}
