/** A process as the guardian spawns it: everything resolved. */
export interface ProcessSpec {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Set over what the guardian inherited; null takes a variable away. */
  readonly env: Readonly<Record<string, string | null>>;
}

/**
 * A process that faults act on: one of the guardian's by its name, or one that was there before.
 */
export type SignalTarget =
  | { readonly name: string; readonly pid?: never }
  | { readonly pid: number; readonly name?: never; readonly mark: string };

/** What the guardian is asked. Its channel closing asks for `stop` as well. */
export type GuardianCommand =
  | { readonly type: 'start'; readonly processes: readonly ProcessSpec[] }
  | { readonly type: 'output'; readonly name: string }
  | {
      readonly type: 'signal';
      readonly id: number;
      readonly target: SignalTarget;
      readonly signal: NodeJS.Signals;
    }
  /** Kills what is left of the process of this name and starts it anew. */
  | { readonly type: 'restart'; readonly id: number; readonly process: ProcessSpec }
  | { readonly type: 'stop'; readonly graceMs: number };

/** What the guardian says. After `stop` it ends itself when every process is gone. */
export type GuardianMessage =
  | { readonly type: 'started'; readonly name: string; readonly pid: number }
  | { readonly type: 'spawn-failed'; readonly name: string; readonly reason: string }
  | { readonly type: 'output'; readonly name: string; readonly output: string }
  /** The answer to `signal` and `restart`; `reached` is false where there was no such process. */
  | {
      readonly type: 'done';
      readonly id: number;
      readonly atEpochMs: number;
      readonly reached: boolean;
    }
  | {
      readonly type: 'exited';
      readonly name: string;
      /** Whether a signal had been asked for that ends it. */
      readonly asked: boolean;
      readonly code: number | null;
      readonly signal: string | null;
      readonly output: string;
    };
