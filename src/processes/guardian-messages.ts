/** A process as the guardian spawns it: everything resolved. */
export interface ProcessSpec {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Set over what the guardian inherited; null takes a variable away. */
  readonly env: Readonly<Record<string, string | null>>;
}

/** What the guardian is asked. Its channel closing asks for `stop` as well. */
export type GuardianCommand =
  | { readonly type: 'start'; readonly processes: readonly ProcessSpec[] }
  | { readonly type: 'output'; readonly name: string }
  | { readonly type: 'stop'; readonly graceMs: number };

/** What the guardian says. After `stop` it ends itself when every process is gone. */
export type GuardianMessage =
  | { readonly type: 'started'; readonly name: string; readonly pid: number }
  | { readonly type: 'spawn-failed'; readonly name: string; readonly reason: string }
  | { readonly type: 'output'; readonly name: string; readonly output: string }
  | {
      readonly type: 'exited';
      readonly name: string;
      readonly code: number | null;
      readonly signal: string | null;
      readonly output: string;
    };
