import type * as z from 'zod';
import { NS_PER_SEC, type Ns } from '../../core/index.ts';
import type { RequestSpec } from '../request-spec.ts';

/** What every call has, whatever its protocol. */
export interface CallCommon {
  /** The name of its kind. */
  readonly protocol: string;
  /** What it sends; the parts that a protocol does not have are empty. */
  readonly request: RequestSpec;
}

/** A closed range of statuses. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** The bound of a call whose step says none. */
export const TIMEOUT_DEFAULT_NS: Ns = 10 * NS_PER_SEC;

/** A version of a protocol, as a target names it under `protocol`; each has its driver. */
export interface ProtocolVersion {
  /** Whether one connection takes many calls at once. */
  readonly isMultiplexed: boolean;
  /** What the documentation of `protocol` says of it; '' for the default. */
  readonly description: string;
}

/** Something about a step that cannot be so. */
export interface StepIssue {
  /** The key under the kind's own. */
  readonly key: string;
  /** `must ...`. */
  readonly message: string;
}

/**
 * A kind of protocol: what a step and a target can say of it, what its statuses are, and what spans
 * say of its calls. One per file; the driver of each version is named in sender/driver-for.ts.
 */
export interface ProtocolKind<
  Name extends string = string,
  Version extends string = string,
  StepFile = unknown,
  Call extends CallCommon = CallCommon,
  TargetFile = unknown,
> {
  /** The key of a step that calls by it, and of what a target says of it. */
  readonly name: Name;
  /** What people call it: `gRPC`. */
  readonly title: string;
  /** With which the url of a target may begin: `http` for http://, `unix` for unix:. */
  readonly schemes: readonly string[];
  /** By what a target writes under `protocol`; the first is meant where it writes nothing. */
  readonly versions: Readonly<Record<Version, ProtocolVersion>>;
  /** The value under its key in a step. */
  readonly step: z.ZodType<StepFile>;
  /** The keys under it that each part of the request is written in, for messages. */
  readonly parts: Readonly<Record<'path' | 'headers' | 'body', readonly string[]>>;
  /** Returns the call that a step makes; `boundary` is a text that is drawn for it by the seed. */
  call(file: StepFile, boundary: string): Call;
  /** Returns the bound of a call; absent: the step's timeout, or the default. */
  timeoutNs?(file: StepFile, timeoutNs: Ns | undefined): Ns;
  /** Returns what is wrong with a step whose parts are each good; absent: nothing can be. */
  check?(file: StepFile, timeoutNs: Ns | undefined): readonly StepIssue[];
  /** What a target can say of it, under the same key; absent: nothing. */
  readonly target?: {
    readonly file: z.ZodType<TargetFile>;
    /** Returns what is added to the target; `file` is undefined where it says nothing. */
    spec(file: TargetFile | undefined): object;
  };
  readonly statuses: {
    /** How a step writes them; empty for a protocol without statuses. */
    readonly schemas: readonly z.ZodType<string | number>[];
    /** `must be statuses of ...`. */
    readonly wanted: string;
    /** Those that count as ok where a step does not say. */
    readonly ok: readonly StatusRange[];
    rangeOf(written: string | number): StatusRange;
    /** By number, where they are known by name; absent: the number is shown. */
    readonly names?: readonly string[];
  };
  /** What a policy must know of its calls. */
  readonly policy: {
    /** Statuses after which a call is tried again where the policy does not say. */
    readonly retryStatuses: readonly number[];
    /** What the call is called in a message: `POST`. */
    methodOf(file: StepFile): string;
    /** Whether a call that is made twice does no more than once, as the protocol has it. */
    isIdempotent(file: StepFile): boolean;
    /** Whether the body of an answer is JSON, whatever is in it. */
    readonly answersJson: boolean;
    /** Whether a path can be asked for whether an endpoint is well. */
    readonly hasPaths: boolean;
  };
  readonly spans: {
    /** Which attribute has the status of a call. */
    readonly statusAttribute: string;
    /** Returns what all calls of a step have. A secret in `url.full` does not reach the span. */
    attributes(call: Call, url: string): Readonly<Record<string, string>>;
  };
}

/** Returns the kind as the list keeps it; its code is checked against its own schema and call. */
export function protocolKind<
  Name extends string,
  Version extends string,
  StepFile,
  Call extends CallCommon,
  TargetFile = never,
>(
  kind: ProtocolKind<Name, Version, StepFile, Call, TargetFile>,
): ProtocolKind<Name, Version, StepFile, Call, TargetFile> {
  return kind;
}
