import type { Ns } from '../core/index.ts';
import type { Template } from './template.ts';

/** What one arrival does. One step that fails ends the flow for that arrival. */
export interface FlowSpec {
  readonly name: string;
  /** All steps of the flow in file order, also those inside groups, choices and loops. */
  readonly steps: readonly StepSpec[];
  /** How the steps hang together; absent where they simply follow one another. */
  readonly body?: readonly FlowNode[];
}

/** One entry of a flow; `step` is an index into the flow's `steps`. */
export type FlowNode =
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'think'; readonly minNs: Ns; readonly maxNs: Ns }
  | { readonly kind: 'parallel'; readonly branches: readonly (readonly FlowNode[])[] }
  | { readonly kind: 'choose'; readonly options: readonly ChoiceSpec[] }
  | {
      readonly kind: 'repeat';
      readonly times: { readonly min: number; readonly max: number };
      readonly body: readonly FlowNode[];
    }
  | { readonly kind: 'hook'; readonly name: string; readonly sets: readonly string[] };

/** One way of a choice, taken with probability weight / sum of the weights. */
export interface ChoiceSpec {
  /** A whole number > 0. */
  readonly weight: number;
  readonly body: readonly FlowNode[];
}

export interface StepSpec {
  /** Unique over all flows. */
  readonly name: string;
  readonly target: string;
  /** Bound of one attempt, from the moment it is sent. */
  readonly timeoutNs: Ns;
  /** Of a gRPC step: the POST that carries the call, its body the JSON text of the messages. */
  readonly http: HttpRequestSpec;
  /** Absent for a step of plain HTTP. */
  readonly grpc?: GrpcCallSpec;
  /** Statuses that count as ok, each a closed range; those of gRPC as `grpcCallStatus` gives them. */
  readonly okStatuses: readonly { readonly from: number; readonly to: number }[];
  /** Names and values for people; absent where there are none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What an answer with an accepted status must be besides; absent where there is nothing. */
  readonly checks?: ChecksSpec;
  /** What is kept of the answer for later steps, in file order; absent where there is nothing. */
  readonly captures?: readonly CaptureSpec[];
}

/** A call of gRPC beside its messages. */
export interface GrpcCallSpec {
  /** With its package. */
  readonly service: string;
  readonly method: string;
  /** The message, or the list of them, as the file has it: for checks before the run. */
  readonly written: unknown;
  /** Whether the body of the request is a list of messages; else it is one. */
  readonly isList: boolean;
  /** How often all of it is sent. */
  readonly repeat: number;
  /** From one message to the next; 0 for as fast as they are taken. */
  readonly everyNs: Ns;
  /** Whether a message's time is counted from the one that it answers. */
  readonly pairs: boolean;
  /** Messages after which we end the call as ok, and the time after which we do; Infinity for never. */
  readonly take: number;
  readonly forNs: Ns;
  /** Sent to the server; absent for none. */
  readonly deadlineNs?: Ns;
}

export interface HttpRequestSpec {
  readonly method: string;
  /** Begins with `/`. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** '' for none. `json:` in the file is serialized here and sets content-type. */
  readonly body: string;
  /**
   * The same with the places that are filled in; absent where there are none. `path`, `headers` and
   * `body` then show the references as they were written, for people only.
   */
  readonly templates?: RequestTemplates;
}

export interface RequestTemplates {
  readonly path: Template;
  readonly headers: readonly (readonly [name: string, value: Template])[];
  /** Empty for none. */
  readonly body: Template;
}

export interface ChecksSpec {
  /** Header names in lower case. */
  readonly headers: readonly { readonly name: string; readonly wanted: TextMatch }[];
  /** Of the whole body as text. */
  readonly body: TextMatch;
  readonly json: readonly { readonly path: string; readonly wanted: ValueMatch }[];
  /** A JSON Schema (draft-07), or the path of a file that holds one; absent for none. */
  readonly schema?: SchemaSource;
  /** Longest service time; absent for no bound. */
  readonly durationNs?: Ns;
}

export type SchemaSource = { readonly inline: unknown } | { readonly file: string };

/** What a text must be; every condition that is there must hold. */
export interface TextMatch {
  readonly equals?: string;
  readonly contains?: string;
  /** A regular expression (JavaScript's, with the flag u) that must match somewhere. */
  readonly matches?: string;
  /** The whole text, `*` standing for any characters, upper and lower case alike. */
  readonly like?: string;
}

/** What a JSON value must be; every condition that is there must hold. */
export interface ValueMatch {
  /** The JSON text of the wanted value, in which references are filled in. */
  readonly equals?: Template;
  /** There with `equals`: how it is shown, its references as they were written. */
  readonly equalsText?: string;
  readonly exists?: boolean;
  readonly contains?: string;
  readonly matches?: string;
  readonly min?: number;
  readonly max?: number;
}

/** Keeps one value of an answer under a name. Where it is not found, the call failed its check. */
export type CaptureSpec = {
  readonly name: string;
  /** Kept where the value is not found, in place of a failed check; absent for none. */
  readonly orElse?: unknown;
} & (
  | { readonly from: 'json'; readonly path: string }
  | { readonly from: 'header'; readonly header: string }
  | { readonly from: 'body'; readonly regex: string }
);

/** In which order the rows of a feeder are used; see docs/reference/scenario.md. */
export type FeederOrder = 'sequential' | 'shuffled' | 'random';

/** A table whose row, one per arrival, fills in `${NAME.COLUMN}`. */
export interface FeederSpec {
  readonly name: string;
  readonly order: FeederOrder;
  /** The rows where they stand in the scenario; undefined where they are in `file`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** '' for none; relative to the scenario file's folder. */
  readonly file: string;
}

/** A file that a scenario names, as it was read. */
export interface FileText {
  /** As the scenario writes it. */
  readonly path: string;
  readonly text: string;
}
