import type { Ns, StatusNames } from '../core/index.ts';
import type { PolicySpec } from '../resilience/index.ts';
import type { CallSpec, StatusRange } from './protocols/index.ts';
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
  /** Bound of one attempt, from the moment it is sent; its policy's where that has one. */
  readonly timeoutNs: Ns;
  /** Its own, else its target's; absent for none. */
  readonly policy?: PolicySpec;
  /** What it sends, by its protocol. */
  readonly call: CallSpec;
  /** Statuses of its protocol that count as ok. */
  readonly okStatuses: readonly StatusRange[];
  /** How they are shown; absent where they are numbers. */
  readonly statusNames?: StatusNames;
  /** Names and values for people; absent where there are none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What an answer with an accepted status must be besides; absent where there is nothing. */
  readonly checks?: ChecksSpec;
  /** What is kept of the answer for later steps, in file order; absent where there is nothing. */
  readonly captures?: readonly CaptureSpec[];
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
  /** Characters of the text that the expression sees; absent for 65,536. */
  readonly within?: number;
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
  /** Numbers of JSON, as they were written. */
  readonly min?: string;
  readonly max?: string;
}

/** Keeps one value of an answer under a name. Where it is not found, the call failed its check. */
export type CaptureSpec = {
  readonly name: string;
  /** JSON of what is kept where the value is not found, in place of a failed check. */
  readonly orElse?: string;
} & (
  | { readonly from: 'json'; readonly path: string }
  | { readonly from: 'header'; readonly header: string }
  | { readonly from: 'cookie'; readonly cookie: string }
  | {
      readonly from: 'body';
      readonly regex: string;
      /** Characters of the body that it sees; absent for 65,536. */
      readonly within?: number;
    }
);

/** In which order the rows of a feeder are used; see docs/reference/scenario.md. */
export type FeederOrder = 'sequential' | 'shuffled' | 'random';

/** A table whose row, one per arrival or per user, fills in `${NAME.COLUMN}`. */
export interface FeederSpec {
  readonly name: string;
  readonly order: FeederOrder;
  /** Whether a row is given once, so that the load ends with the rows; absent: no. */
  readonly once?: boolean;
  /** Who is given a row of its own; absent: each arrival. */
  readonly per?: 'arrival' | 'user';
  /** JSON of each row where the scenario has them itself; undefined where they are in `file`. */
  readonly rows: readonly string[] | undefined;
  /** '' for none; relative to the scenario file's folder. */
  readonly file: string;
}

/** A file that a scenario names, as it was read. */
export interface FileText {
  /** As the scenario writes it. */
  readonly path: string;
  readonly text: string;
}
