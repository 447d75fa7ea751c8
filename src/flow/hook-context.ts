/**
 * What a hook is given: the variables of one iteration. Once the hook is over, the scope is another
 * iteration's: get, set and random throw then.
 */
export interface HookContext {
  /** The number of the arrival, from 0. */
  readonly number: number;
  readonly phase: string;
  /**
   * Returns a captured value, a variable that a hook has set, or with `feeder.column` a value of
   * the iteration's row; undefined for what is not there. A list or map that the setup captured is
   * frozen, being that of all iterations. A whole number that no number holds exactly, an id of 64
   * bits say, is a bigint, also inside lists and maps; any other number is the nearest one.
   */
  get(name: string): unknown;
  /** Returns the same as it is written into a request: a number with every digit of it. */
  text(name: string): string;
  /**
   * Sets a variable that the flow names under `sets` to a copy of a JSON value; a bigint is a
   * number.
   * @throws Error for any other name or value.
   */
  set(name: string, value: unknown): void;
  /** Returns the next draw x, 0 <= x < 1: the same in every run with the same seed. */
  random(): number;
}

/**
 * A function that a flow calls with `hook: NAME`. It runs in the sending thread: while it computes,
 * nothing is sent. What it throws, or rejects with, fails the iteration.
 */
export type Hook = (context: HookContext) => void | Promise<void>;
