import type { Ns, RatePerSec, Ratio } from '../../core/index.ts';
import type { CallPolicy, RetryOn } from '../call-policy.ts';
import type { Protection } from '../protection.ts';
import type { EdgeTuning } from '../tuning.ts';
import type { CallScope } from './file-parts.ts';

/** An edge whose policy is written into a file. */
export interface ExportedEdge {
  /** Of letters, digits and dashes, begins with a letter; no two of a file are alike. */
  readonly key: string;
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  readonly request: EdgeTuning['request'];
  readonly policy: CallPolicy;
  /** Absent where no timeout is known. */
  readonly protection?: Protection;
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
  /** The key of the edge; '' or any other in a file that no export made. */
  readonly key: string;
  /** Which calls it is for, where the file says so by itself. */
  readonly scope?: CallScope;
  /** Where it begins in the file, from 1; absent: not known. */
  readonly line?: number;
  /** What the file does not say: these have the stack's own default. */
  readonly defaults?: readonly (keyof StackPolicy)[];
  readonly connectTimeoutNs?: Ns;
  readonly attemptTimeoutNs?: Ns;
  readonly totalTimeoutNs?: Ns;
  /** In all. */
  readonly attempts?: number;
  readonly retryOn?: RetryOn;
  /** Of POST, LOCK, PATCH and RPC, where the stack itself makes that difference. */
  readonly retryOnUnsafe?: RetryOn;
  /** The longest that the first wait between attempts can be. */
  readonly firstWaitNs?: Ns;
  /** How long an attempt is waited for until another is made beside it. */
  readonly hedgeDelayNs?: Ns;
  /** Most calls at once: further ones are refused, or wait. */
  readonly concurrent?: number;
  readonly limitPerSec?: RatePerSec;
  /** The share of failed calls that opens a breaker, or how many in a row. */
  readonly breakerRatio?: Ratio;
  readonly breakerInARow?: number;
  /** How long it stays open at first. */
  readonly breakerSleepNs?: Ns;
  /** What else of the file bears on such calls and is not compared, as the file has it. */
  readonly beside?: readonly string[];
}

/** One format that `--export` writes. */
export interface Stack {
  /** As the command line has it. */
  readonly name: string;
  /** As its makers write it. */
  readonly title: string;
  /** Returns the file, with a line end. */
  readonly write: (wanted: StackExport) => string;
  /** What {@link read} takes, for who has something else. */
  readonly reads: string;
  /** Whether its files are for callgauge's own calls, where there are some; absent: services'. */
  readonly isOfHarness?: true;
  /**
   * Returns what the stack does with a file of its own, also one that {@link write} made: its parts
   * in the order in which the stack tries them. None for a file of something else.
   * @throws USAGE_INVALID for one of its own that cannot be read without what it leaves out; its
   *   location is a line. Anything for a file of something else
   */
  readonly read: (text: string) => readonly StackPolicy[];
}
