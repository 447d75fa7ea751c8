import type { Ns } from '../core/index.ts';
import type { CompiledHook } from './hooks.ts';
import { between, nextDraw, type DrawSite } from './draw.ts';
import type { Scope } from './scope.ts';

/** What the engine has to do at a position of a program. */
export const CALL = 0;
export const THINK = 1;
export const HOOK = 2;
export const FORK = 3;
export const JOIN = 4;
export const END = 5;
/** What the program does by itself, between two things that the engine does. */
export const CHOOSE = 6;
export const REPEAT = 7;
export const AGAIN = 8;
export const JUMP = 9;

export type Action =
  | typeof CALL
  | typeof THINK
  | typeof HOOK
  | typeof FORK
  | typeof JOIN
  | typeof END;

/** Stands in a group's counter, beside the number of its branches, once one of them has failed. */
const FAILED = 1 << 20;

/** One instruction; all have the same shape, so that reading one is cheap. */
export interface Instruction {
  readonly op: Action | typeof CHOOSE | typeof REPEAT | typeof AGAIN | typeof JUMP;
  /** CALL: the step's index in its flow. REPEAT: where the loop ends. AGAIN, JUMP: where to go. */
  readonly to: number;
  /** THINK: ns. REPEAT: rounds. */
  readonly min: number;
  readonly max: number;
  /** REPEAT, AGAIN, FORK, JOIN: the counter in the scope. */
  readonly counter: number;
  /** THINK, CHOOSE, REPEAT: what is drawn. */
  readonly draw: DrawSite;
  /** CHOOSE: where each way begins. FORK: where each branch begins. */
  readonly targets: readonly number[];
  /** CHOOSE: the sum of the weights up to each way, over the sum of all. */
  readonly shares: readonly number[];
  readonly hook: CompiledHook | undefined;
  /** Where a failure here leads: the JOIN of the group around it, or the END. */
  readonly onFailure: number;
}

/**
 * A flow as a list of instructions. The engine keeps one number per branch, the position, and asks:
 *
 *     at = begin(scope)                       op(at) says what to do there:
 *       CALL   send step(at); then at = after(at) if it was ok, else afterFailure(at)
 *       THINK  wait thinkNs(at); then after(at)
 *       HOOK   run hook(at); then after(at), or afterFailure(at)
 *       FORK   for each position of fork(at): go on there, as a branch of its own
 *       JOIN   at = join(at): -1 while other branches are under way, this branch is over then
 *       END    the iteration is over
 *
 * Choices, loops and jumps are made on the way from one such position to the next. Nothing is
 * allocated. Loops without anything to do in them end: their rounds are bounded.
 */
export class FlowProgram {
  readonly #instructions: readonly Instruction[];

  constructor(instructions: readonly Instruction[]) {
    this.#instructions = instructions;
  }

  /** Returns the first position of an iteration; the scope has begun it. */
  begin(scope: Scope): number {
    return this.#settle(0, scope);
  }

  /** Returns what is to be done at a position. */
  op(at: number): Action {
    return this.#at(at).op as Action;
  }

  /** Returns the step of a CALL, an index into the flow's steps. */
  step(at: number): number {
    return this.#at(at).to;
  }

  /** Returns how long to wait at a THINK; draws, so that it is asked once. */
  thinkNs(at: number, scope: Scope): Ns {
    const { min, max, draw } = this.#at(at);
    return min === max ? min : between(min, max, nextDraw(draw, scope));
  }

  /** Returns the hook of a HOOK; undefined at any other position. */
  hook(at: number): CompiledHook | undefined {
    return this.#at(at).hook;
  }

  /** Returns the position that follows one whose work is done. */
  after(at: number, scope: Scope): number {
    return this.#settle(at + 1, scope);
  }

  /** Returns the position that follows one whose work has failed: a JOIN, or the END. */
  afterFailure(at: number, scope: Scope): number {
    return this.#fail(this.#at(at).onFailure, scope);
  }

  /**
   * Returns where the branches of a FORK begin, each to be led to its first position with
   * {@link enter} when it is its turn. They are the same for every iteration.
   */
  fork(at: number, scope: Scope): readonly number[] {
    const { targets, counter } = this.#at(at);
    scope.counters[counter] = targets.length;
    return targets;
  }

  /** Returns the first position of a branch that {@link fork} has named. */
  enter(branch: number, scope: Scope): number {
    return this.#settle(branch, scope);
  }

  /**
   * Counts a branch that has come to its JOIN. Returns -1 where others are still under way, and
   * from the last one where it goes on: behind the group, or, if one of its branches has failed, at
   * the JOIN around it or the END.
   */
  join(at: number, scope: Scope): number {
    const { counter, onFailure } = this.#at(at);
    const left = (scope.counters[counter] ?? 1) - 1;
    scope.counters[counter] = left;
    if ((left & ~FAILED) > 0) return -1;
    return left === 0 ? this.#settle(at + 1, scope) : this.#fail(onFailure, scope);
  }

  /** Marks what encloses the failure, a group or the iteration, as failed. */
  #fail(to: number, scope: Scope): number {
    const { op, counter } = this.#at(to);
    scope.hasFailed = true;
    if (op === JOIN) scope.counters[counter] = (scope.counters[counter] ?? 0) | FAILED;
    return to;
  }

  /** Goes on to the next position at which the engine has something to do. */
  #settle(from: number, scope: Scope): number {
    let at = from;
    for (;;) {
      const instruction = this.#at(at);
      switch (instruction.op) {
        case CHOOSE:
          at = chosen(instruction, scope);
          break;
        case REPEAT:
          at = repeated(instruction, at, scope);
          break;
        case AGAIN:
          at = isLastRound(instruction, scope) ? at + 1 : instruction.to;
          break;
        case JUMP:
          at = instruction.to;
          break;
        case CALL:
        case THINK:
        case HOOK:
        case FORK:
        case JOIN:
        case END:
        default:
          return at;
      }
    }
  }

  #at(index: number): Instruction {
    const instruction = this.#instructions[index];
    if (!instruction) throw new RangeError(`no instruction ${index}`);
    return instruction;
  }
}

function chosen({ draw, shares, targets }: Instruction, scope: Scope): number {
  const x = nextDraw(draw, scope);
  let way = 0;
  while (way < shares.length - 1 && x >= (shares[way] ?? 1)) way++;
  return targets[way] ?? 0;
}

function repeated(instruction: Instruction, at: number, scope: Scope): number {
  const { min, max, draw, counter, to } = instruction;
  const rounds = min === max ? min : between(min, max, nextDraw(draw, scope));
  scope.counters[counter] = rounds;
  return rounds > 0 ? at + 1 : to;
}

function isLastRound({ counter }: Instruction, scope: Scope): boolean {
  const left = (scope.counters[counter] ?? 1) - 1;
  scope.counters[counter] = left;
  return left <= 0;
}
