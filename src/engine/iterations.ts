import { CHECK, type Clock, type Ns, OK, type Timer } from '../core/index.ts';
import {
  Answer,
  CALL,
  type CompiledFlow,
  FORK,
  HOOK,
  JOIN,
  type Scope,
  THINK,
} from '../flow/index.ts';
import type { ReplayedRequest } from '../scenario/index.ts';
import type { LiveCall } from './driver.ts';
import { newSlot } from './call-slot.ts';

/** One arrival on its way through a flow that is more than equal steps in a row. */
export interface Iteration {
  readonly scope: Scope;
  flow: CompiledFlow;
  /** Of the flow, in the run's plan. */
  firstStep: number;
  phaseIndex: number;
  seq: number;
  spanSeq: number;
  hasCalled: boolean;
  /** Branches that go on; 1 outside parallel groups. */
  branches: number;
}

/** The flow of an arrival. */
export interface IterationFlow {
  readonly compiled: CompiledFlow;
  /** Of the flow, in the run's plan. */
  readonly firstStep: number;
  /** What the arrival is recorded to have called; undefined where it is no replay of requests. */
  readonly replayed: ReplayedRequest | undefined;
}

export interface IterationsParts {
  readonly clock: Clock;
  readonly newScope: () => Scope;
  /** By phase. */
  readonly phases: readonly string[];
  /** Sends a call, or lets it wait for a connection. */
  readonly send: (call: LiveCall) => void;
  /** A hook of an iteration has failed, for the reason that `error` names. */
  readonly hookFailed: (phaseIndex: number, error: string) => void;
  /** An iteration is over, its last call or pause at `endNs`. */
  readonly over: (phaseIndex: number, seq: number, endNs: Ns, failed: boolean) => void;
}

/** A branch that waits for something other than a call: for time to pass, or for a hook. */
interface Pause {
  readonly iteration: Iteration;
  readonly timer: Timer | undefined;
}

/**
 * Leads arrivals through the programs of their flows: renders what each call sends, judges what comes
 * back, thinks, runs hooks, and sends the branches of a parallel group at once.
 *
 *   begin ──► place ─┬─ CALL ──► send ┄┄► judge, record ──┐
 *               ▲    ├─ THINK, HOOK ┄┄► over ─────────────┤
 *               │    ├─ FORK: each branch at its place    │
 *               │    └─ JOIN, the last of its branches ───┤
 *               └───────────────── next place ────────────┘
 *
 * A step is intended when the one before it is over, and one behind a pause when the loop finds that
 * the pause has passed: it lasts as long as it was drawn, and what a timer adds is no delay of a call.
 * Iterations, calls and answers are made as they are needed and used again.
 */
export class Iterations {
  readonly #parts: IterationsParts;
  readonly #free: Iteration[] = [];
  readonly #freeCalls: LiveCall[] = [];
  readonly #freeAnswers: Answer[] = [];
  readonly #pauses = new Set<Pause>();
  #isCancelled = false;

  constructor(parts: IterationsParts) {
    this.#parts = parts;
  }

  /** Begins the iteration of an arrival. */
  begin(
    arrival: Pick<LiveCall, 'seq' | 'spanSeq' | 'phaseIndex' | 'intendedNs' | 'seenNs'>,
    { compiled, firstStep, replayed }: IterationFlow,
  ): void {
    const { seq, spanSeq, phaseIndex, intendedNs, seenNs } = arrival;
    const iteration = this.#free.pop() ?? this.#newIteration(compiled);
    const { scope } = iteration;
    iteration.flow = compiled;
    iteration.firstStep = firstStep;
    iteration.phaseIndex = phaseIndex;
    iteration.seq = seq;
    iteration.spanSeq = spanSeq;
    iteration.hasCalled = false;
    iteration.branches = 1;
    scope.begin(seq, this.#parts.phases[phaseIndex] ?? '', replayed);
    this.#goOn(iteration, compiled.program.begin(scope), intendedNs, seenNs);
  }

  /** Judges the answer of a call that went well so far, and keeps what its step captures. */
  judge(call: LiveCall, { flow, firstStep, scope }: Iteration): void {
    const step = flow.steps[call.stepIndex - firstStep];
    if (call.outcome !== OK || step === undefined || !step.isJudged) return;
    const failure = step.judge(call.answer, call.endNs - call.sentNs, scope);
    if (failure === '') return;
    call.outcome = CHECK;
    call.error = failure;
  }

  /** Goes on with the flow of a call that is over and recorded. The slot may be used again. */
  goOnAfter(call: LiveCall, iteration: Iteration): void {
    const { outcome, place, endNs } = call;
    this.#release(call);
    if (this.#isCancelled) {
      iteration.scope.hasFailed ||= outcome !== OK;
      this.#branchOver(iteration, endNs);
      return;
    }
    this.#goOn(iteration, this.#next(iteration, place, outcome === OK), endNs, endNs);
  }

  /** Ends every pause; from now on an iteration is over when its calls are. */
  cancel(): void {
    this.#isCancelled = true;
    const nowNs = this.#parts.clock.nowNs();
    for (const pause of this.#pauses) {
      pause.timer?.cancel();
      this.#branchOver(pause.iteration, nowNs);
    }
    this.#pauses.clear();
  }

  #next({ flow, scope }: Iteration, place: number, wentWell: boolean): number {
    return wentWell ? flow.program.after(place, scope) : flow.program.afterFailure(place, scope);
  }

  /** Does what there is to do at a place, and at those behind it until something takes time. */
  #goOn(iteration: Iteration, from: number, intendedFromNs: Ns, seenFromNs: Ns): void {
    const { clock } = this.#parts;
    const { scope, flow } = iteration;
    const { program } = flow;
    let [place, intendedNs, seenNs] = [from, intendedFromNs, seenFromNs];
    for (;;) {
      switch (program.op(place)) {
        case CALL:
          this.#call(iteration, place, intendedNs, seenNs);
          return;
        case THINK:
          this.#think(iteration, place, seenNs);
          return;
        case HOOK: {
          const result = program.hook(place)?.run(scope) ?? '';
          if (typeof result !== 'string') {
            this.#await(iteration, place, result);
            return;
          }
          place = this.#afterHook(iteration, place, result);
          // What it computed is a pause as any other: no delay of the call behind it.
          intendedNs = seenNs = clock.nowNs();
          break;
        }
        case FORK: {
          const branches = program.fork(place, scope);
          iteration.branches += branches.length - 1;
          for (const branch of branches) {
            this.#goOn(iteration, program.enter(branch, scope), intendedNs, seenNs);
            // What the hooks and texts of one branch take is lag of those behind it.
            seenNs = clock.nowNs();
          }
          return;
        }
        case JOIN:
          place = program.join(place, scope);
          if (place < 0) {
            this.#branchOver(iteration, seenNs);
            return;
          }
          break;
        default:
          this.#end(iteration, seenNs);
          return;
      }
    }
  }

  /**
   * A flow that took a way without a call is over in the next turn only: a user who goes that way
   * again and again must not keep the loop from everything else.
   */
  #end(iteration: Iteration, nowNs: Ns): void {
    if (iteration.hasCalled) {
      this.#branchOver(iteration, nowNs);
      return;
    }
    const pause: Pause = {
      iteration,
      timer: this.#parts.clock.after(0, () => {
        this.#pauses.delete(pause);
        this.#branchOver(iteration, this.#parts.clock.nowNs());
      }),
    };
    this.#pauses.add(pause);
  }

  #call(iteration: Iteration, place: number, intendedNs: Ns, seenNs: Ns): void {
    const { flow, scope, firstStep } = iteration;
    const index = flow.program.step(place);
    const step = flow.steps[index];
    const call = this.#freeCalls.pop() ?? newSlot();
    iteration.hasCalled = true;
    call.iteration = iteration;
    call.place = place;
    call.seq = iteration.seq;
    call.phaseIndex = iteration.phaseIndex;
    call.stepIndex = firstStep + index;
    call.spanSeq = iteration.spanSeq++;
    call.intendedNs = intendedNs;
    call.seenNs = seenNs;
    call.request = step?.isConstant === false ? step.render(scope) : undefined;
    call.answer = step?.readsAnswer === true ? this.#newAnswer(step.readsFields) : undefined;
    this.#parts.send(call);
  }

  #think(iteration: Iteration, place: number, nowNs: Ns): void {
    const { clock } = this.#parts;
    const dueNs = nowNs + iteration.flow.program.thinkNs(place, iteration.scope);
    const wait = (): void => {
      const pause: Pause = {
        iteration,
        timer: clock.after(dueNs - clock.nowNs(), () => {
          this.#pauses.delete(pause);
          const readyNs = clock.nowNs();
          // A timer may fire a little early.
          if (readyNs < dueNs) wait();
          else this.#goOn(iteration, this.#next(iteration, place, true), readyNs, readyNs);
        }),
      };
      this.#pauses.add(pause);
    };
    wait();
  }

  #await(iteration: Iteration, place: number, running: Promise<string>): void {
    const pause: Pause = { iteration, timer: undefined };
    this.#pauses.add(pause);
    void running.then((failure) => {
      // Not there any more: the run was cancelled meanwhile, and the iteration with it.
      if (!this.#pauses.delete(pause)) return;
      const nowNs = this.#parts.clock.nowNs();
      this.#goOn(iteration, this.#afterHook(iteration, place, failure), nowNs, nowNs);
    });
  }

  #afterHook(iteration: Iteration, place: number, failure: string): number {
    if (failure !== '') this.#parts.hookFailed(iteration.phaseIndex, failure);
    return this.#next(iteration, place, failure === '');
  }

  #branchOver(iteration: Iteration, endNs: Ns): void {
    iteration.branches--;
    if (iteration.branches > 0) return;
    const { phaseIndex, seq, scope } = iteration;
    this.#free.push(iteration);
    this.#parts.over(phaseIndex, seq, endNs, scope.hasFailed);
  }

  #newIteration(flow: CompiledFlow): Iteration {
    const scope = this.#parts.newScope();
    return {
      scope,
      flow,
      firstStep: 0,
      phaseIndex: 0,
      seq: 0,
      spanSeq: 0,
      hasCalled: false,
      branches: 0,
    };
  }

  #release(call: LiveCall): void {
    if (call.answer !== undefined) this.#freeAnswers.push(call.answer);
    call.answer = undefined;
    call.request = undefined;
    call.iteration = undefined;
    this.#freeCalls.push(call);
  }

  #newAnswer(wantsFields: boolean): Answer {
    const answer = this.#freeAnswers.pop() ?? new Answer();
    answer.reset(wantsFields);
    return answer;
  }
}
