import type { Ns } from '../../core/index.ts';
import type { CallPolicy, RetryOn } from '../call-policy.ts';
import type { Breaker } from '../protection.ts';
import type { EdgeTuning } from '../tuning.ts';

/** An edge whose policy is written into a file. */
export interface ExportedEdge {
  /** Of letters, digits and dashes, begins with a letter; no two of a file are alike. */
  readonly key: string;
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  readonly request: EdgeTuning['request'];
  readonly policy: CallPolicy;
  /** Absent where none is recommended. */
  readonly breaker?: Breaker;
  /** What its numbers rest on, a line each. */
  readonly evidence: readonly string[];
}

/** What a file is written from. */
export interface StackExport {
  /** Of one caller. */
  readonly edges: readonly ExportedEdge[];
  /** What the file is, and which edges it lacks: a line each, for its head. */
  readonly about: readonly string[];
}

/** What a stack does with a file, by its own way of counting; absent: it cannot say. */
export interface StackPolicy {
  /** The key of the edge. */
  readonly key: string;
  readonly connectTimeoutNs?: Ns;
  readonly attemptTimeoutNs?: Ns;
  readonly totalTimeoutNs?: Ns;
  /** In all. */
  readonly attempts?: number;
  readonly retryOn?: RetryOn;
  /** The longest that the first wait between attempts can be. */
  readonly firstWaitNs?: Ns;
}

/** One format that `--export` writes. */
export interface Stack {
  /** As the command line has it. */
  readonly name: string;
  /** As its makers write it. */
  readonly title: string;
  /** Returns the file, with a line end. */
  readonly write: (wanted: StackExport) => string;
  /** Returns what the stack does with a file that {@link write} made. */
  readonly read: (text: string) => readonly StackPolicy[];
}
