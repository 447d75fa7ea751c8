import { CHECK, type Clock, type Ms, type Ns, NS_PER_MS, OK, type Timer } from '../core/index.ts';
import {
  Answer,
  CALL,
  type CompiledFlow,
  type CompiledStep,
  type CookieJar,
  FORK,
  HOOK,
  JOIN,
  type Scope,
  THINK,
} from '../flow/index.ts';
import type { ReplayedRequest } from '../scenario/index.ts';
import { ALONE, type ClosedPhase, type Shard } from '../schedule/index.ts';
import type { Arrival, EndedArrival } from './arrivals.ts';
import { goesOn, type Iteration, type LiveCall, newSlot } from './live-call.ts';
import type { PlannedFlow, RunPlan } from './run-plan.ts';
import { Redirects } from './redirects.ts';
import { UserPool } from './user-pool.ts';

export interface IterationsParts {
  readonly clock: Clock;
  readonly newScope: () => Scope;
  readonly plan: RunPlan;
  /** The phases with users. */
  readonly closed: readonly ClosedPhase[];
  /** Which of several engines this is. */
  readonly shard: Shard;
  /** Makes a call. */
  readonly make: (call: LiveCall) => void;
  /** A hook of an iteration has failed, for the reason that `error` names. */
  readonly hookFailed: (phaseIndex: number, error: string) => void;
  /** An answer of a step was followed to where it sends its call. */
  readonly redirected: (phaseIndex: number, stepIndex: number) => void;
  /** An iteration is over, its last call or pause at `endNs`. */
  readonly over: (arrival: EndedArrival, endNs: Ns, failed: boolean) => void;
}

/** A branch that waits for something other than a call: for time to pass, or for a hook. */
interface Pause {
  readonly iteration: Iteration;
  readonly timer: Timer | undefined;
}

/**
 * Leads arrivals through the programs of their flows: renders what each call sends, checks what
 * comes back, thinks, runs hooks, and sends the branches of a parallel group at once.
 *
 *   begin ──► position ─┬─ CALL ──► make ┄┄► check, record ──┐
 *                ▲      ├─ THINK, HOOK ┄┄► over ─────────────┤
 *                │      ├─ FORK: each branch at its position │
 *                │      └─ JOIN, the last of its branches ───┤
 *                └─────────────── next position ─────────────┘
 *
 * A step is intended when the one before it is over, and one behind a pause when the loop finds
 * that the pause has passed: it lasts as long as it was drawn, and what a timer adds is no delay of
 * a call. Iterations, calls and answers are made as they are needed and used again.
 */
export class Iterations {
  readonly #parts: IterationsParts;
  readonly #free: Iteration[] = [];
  readonly #freeCalls: LiveCall[] = [];
  readonly #freeAnswers: Answer[] = [];
  readonly #pauses = new Set<Pause>();
  readonly #users: UserPool<CookieJar>;
  readonly #redirects: Redirects;
  #isCancelled = false;

  constructor(parts: IterationsParts) {
    this.#parts = parts;
    this.#users = new UserPool(parts.closed, parts.shard);
    this.#redirects = new Redirects(parts);
  }

  /** Begins the iteration of an arrival; `replayed` is what it called where it was recorded. */
  begin(
    { seq, phaseIndex, side, intendedNs, seenNs }: Arrival,
    { compiled, firstStep }: PlannedFlow,
    replayed: ReplayedRequest | undefined,
  ): void {
    const { plan } = this.#parts;
    const iteration = this.#free.pop() ?? this.#newIteration(compiled);
    const { scope } = iteration;
    iteration.flow = compiled;
    iteration.firstStep = firstStep;
    iteration.phaseIndex = phaseIndex;
    iteration.side = side;
    iteration.seq = seq;
    iteration.callSeq = seq * plan.callsMax;
    iteration.hasCalled = false;
    iteration.branches = 1;
    scope.begin(seq, plan.phases[phaseIndex] ?? '', replayed);
    iteration.user = plan.knowsUsers ? this.#users.take(phaseIndex) : undefined;
    scope.user = iteration.user?.number ?? -1;
    if (plan.cookies !== undefined) this.#beginCookies(iteration);
    this.#goOn(iteration, compiled.program.begin(scope), intendedNs, seenNs);
  }

  /**
   * Checks the answer of a call that went well so far, and keeps what its step captures. Returns
   * -1, or the index of the endpoint to which the answer sends the call on: it is not over then.
   */
  judge(call: LiveCall, { flow, firstStep, scope }: Iteration, endpointIndex: number): number {
    const step = flow.steps[call.stepIndex - firstStep];
    if (step?.keepsCookies === true) this.#keepCookies(step, call, scope, endpointIndex);
    if (step !== undefined && step.redirectsMax > 0) {
      const next = this.#redirects.follow(call, { step, scope, endpointIndex });
      if (next >= 0) return next;
    }
    if (call.outcome !== OK || step === undefined || !step.isChecked) return -1;
    const failure = step.checkResponse(call.answer, call.endNs - call.sentNs, scope);
    if (failure === '') return -1;
    call.outcome = CHECK;
    call.error = failure;
    return -1;
  }

  /** Lets the captures of a call's step read a body. Returns '', or what they lack in it. */
  capture(call: LiveCall, { flow, firstStep, scope }: Iteration, body: string): string {
    const step = flow.steps[call.stepIndex - firstStep];
    const answer = this.#newAnswer(true);
    const bytes = Buffer.from(body, 'utf8');
    answer.addBody(bytes, 0, bytes.length);
    const problem = step?.capture(answer, scope) ?? '';
    this.#freeAnswers.push(answer);
    return problem;
  }

  #beginCookies({ scope, user }: Iteration): void {
    if (user !== undefined && this.#parts.plan.cookies === 'user') {
      user.jar ??= scope.newJar();
      scope.jar = user.jar;
    } else {
      scope.jar = scope.newJar();
    }
  }

  /** The endpoints of a target are one host to whoever keeps its cookies. */
  #keepCookies(step: CompiledStep, call: LiveCall, scope: Scope, endpointIndex: number): void {
    const { targets, endpoints } = this.#parts.plan;
    scope.nowEpochMs = this.#epochMs(call.endNs);
    const from = targets[endpoints[endpointIndex]?.targetIndex ?? -1];
    step.keepCookies(call.answer, call.request?.path ?? '', scope, from);
  }

  #epochMs(atNs: Ns): Ms {
    return this.#parts.clock.originEpochMs + atNs / NS_PER_MS;
  }

  /** Goes on with the flow of a call that is over and recorded. The slot may be used again. */
  goOnAfter(call: LiveCall, iteration: Iteration): void {
    const { position, endNs } = call;
    const wentWell = goesOn(call.outcome);
    this.#release(call);
    if (this.#isCancelled) {
      iteration.scope.hasFailed ||= !wentWell;
      this.#branchOver(iteration, endNs);
      return;
    }
    this.#goOn(iteration, this.#next(iteration, position, wentWell), endNs, endNs);
  }

  /** Ends every pause; from now on an iteration is over when its calls are. */
  cancel(): void {
    this.#isCancelled = true;
    this.#redirects.end();
    const nowNs = this.#parts.clock.nowNs();
    for (const pause of this.#pauses) {
      pause.timer?.cancel();
      this.#branchOver(pause.iteration, nowNs);
    }
    this.#pauses.clear();
  }

  #next({ flow, scope }: Iteration, position: number, wentWell: boolean): number {
    return wentWell
      ? flow.program.after(position, scope)
      : flow.program.afterFailure(position, scope);
  }

  /** Does what there is to do at a position, and at those behind it until something takes time. */
  #goOn(iteration: Iteration, from: number, intendedFromNs: Ns, seenFromNs: Ns): void {
    const { clock } = this.#parts;
    const { scope, flow } = iteration;
    const { program } = flow;
    let position = from;
    let intendedNs = intendedFromNs;
    let seenNs = seenFromNs;
    for (;;) {
      switch (program.op(position)) {
        case CALL:
          this.#call(iteration, position, intendedNs, seenNs);
          return;
        case THINK:
          this.#think(iteration, position, seenNs);
          return;
        case HOOK: {
          const result = program.hook(position)?.run(scope) ?? '';
          if (typeof result !== 'string') {
            this.#await(iteration, position, result);
            return;
          }
          position = this.#afterHook(iteration, position, result);
          // What it computed is a pause as any other: no delay of the call behind it.
          intendedNs = seenNs = clock.nowNs();
          break;
        }
        case FORK: {
          const branches = program.fork(position, scope);
          iteration.branches += branches.length - 1;
          for (const branch of branches) {
            this.#goOn(iteration, program.enter(branch, scope), intendedNs, seenNs);
            // What the hooks and texts of one branch take is lag of those behind it.
            seenNs = clock.nowNs();
          }
          return;
        }
        case JOIN:
          position = program.join(position, scope);
          if (position < 0) {
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

  #call(iteration: Iteration, position: number, intendedNs: Ns, seenNs: Ns): void {
    const { flow, scope, firstStep } = iteration;
    const index = flow.program.step(position);
    const step = flow.steps[index];
    const call = this.#freeCalls.pop() ?? newSlot();
    iteration.hasCalled = true;
    call.iteration = iteration;
    call.position = position;
    call.seq = iteration.seq;
    call.phaseIndex = iteration.phaseIndex;
    call.stepIndex = firstStep + index;
    call.callSeq = iteration.callSeq++;
    call.intendedNs = intendedNs;
    call.seenNs = seenNs;
    if (step?.keepsCookies === true) scope.nowEpochMs = this.#epochMs(seenNs);
    call.redirects = 0;
    call.hops = undefined;
    call.deadlineNs = Infinity;
    call.request = step?.isConstant === false ? step.render(scope) : undefined;
    call.answer = step?.readsAnswer === true ? this.#newAnswer(step.readsFields) : undefined;
    this.#parts.make(call);
  }

  #think(iteration: Iteration, position: number, nowNs: Ns): void {
    const { clock } = this.#parts;
    const dueNs = nowNs + iteration.flow.program.thinkNs(position, iteration.scope);
    const wait = (): void => {
      const pause: Pause = {
        iteration,
        timer: clock.after(dueNs - clock.nowNs(), () => {
          this.#pauses.delete(pause);
          const readyNs = clock.nowNs();
          // A timer may fire a little early.
          if (readyNs < dueNs) wait();
          else this.#goOn(iteration, this.#next(iteration, position, true), readyNs, readyNs);
        }),
      };
      this.#pauses.add(pause);
    };
    wait();
  }

  #await(iteration: Iteration, position: number, running: Promise<string>): void {
    const pause: Pause = { iteration, timer: undefined };
    this.#pauses.add(pause);
    void running.then((failure) => {
      // Not there any more: the run was cancelled meanwhile, and the iteration with it.
      if (!this.#pauses.delete(pause)) return;
      const nowNs = this.#parts.clock.nowNs();
      this.#goOn(iteration, this.#afterHook(iteration, position, failure), nowNs, nowNs);
    });
  }

  #afterHook(iteration: Iteration, position: number, failure: string): number {
    if (failure !== '') this.#parts.hookFailed(iteration.phaseIndex, failure);
    return this.#next(iteration, position, failure === '');
  }

  #branchOver(iteration: Iteration, endNs: Ns): void {
    iteration.branches--;
    if (iteration.branches > 0) return;
    const { scope, user } = iteration;
    if (user !== undefined) this.#users.rest(user);
    this.#free.push(iteration);
    this.#parts.over(iteration, endNs, scope.hasFailed);
  }

  #newIteration(flow: CompiledFlow): Iteration {
    const scope = this.#parts.newScope();
    return {
      scope,
      flow,
      firstStep: 0,
      phaseIndex: 0,
      side: ALONE,
      seq: 0,
      user: undefined,
      callSeq: 0,
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
