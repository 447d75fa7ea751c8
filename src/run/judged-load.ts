import { NS_PER_SEC, type Clock, type LoadEnd, type Ns, type RunPhase } from '../core/index.ts';
import type { EngineResult } from '../engine/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { Schedule } from '../schedule/index.ts';
import type { EarlyEnd, LoadJudge } from './load-judge.ts';
import type { SentRun } from './run-recording.ts';
import { ORDER_AHEAD_NS } from './sending.ts';

export interface JudgedLoadParts {
  /** Absent: the load ends as its schedule says. */
  readonly judge: LoadJudge | undefined;
  /** Up to the bound. */
  readonly schedule: Schedule;
  /** Has nothing begin from a moment of the run on. */
  readonly endAt: (end: LoadEnd) => void;
  /** Ends it all at once: the judge broke. */
  readonly broke: () => void;
}

/** A load while its judge looks at it. */
export class JudgedLoad {
  readonly #parts: JudgedLoadParts;
  readonly #plannedNs: Ns;
  #end: LoadEnd | undefined;
  #error: { readonly cause: unknown } | undefined;

  constructor(parts: JudgedLoadParts) {
    this.#parts = parts;
    this.#plannedNs = parts.schedule.durationNs - (parts.judge?.extendNs ?? 0);
  }

  /** Takes a second that has ended, on the clock of the run. */
  second(slice: RecordSlice, clock: Clock): void {
    const { judge, schedule } = this.#parts;
    const isOver = (slice.second + 1) * NS_PER_SEC >= schedule.durationNs;
    if (judge === undefined || isOver || this.#end !== undefined) return;
    try {
      const answer = judge.second(slice);
      if (!(answer instanceof Promise)) this.#heed(answer, clock);
      else answer.then((end) => this.#heed(end, clock)).catch((error) => this.#break(error));
    } catch (error) {
      this.#break(error);
    }
  }

  /**
   * Returns what was sent as a run that ended as its judge had it end: a phase that was under way
   * is over then, those after it are no part of it.
   * @throws what the judge threw
   */
  sent({ phases, endedNs, stopped }: EngineResult): SentRun {
    if (this.#error !== undefined) throw this.#error.cause;
    const { judge, schedule } = this.#parts;
    if (judge === undefined) return { phases, endedNs, stopped };
    const end = this.#end ?? this.#boundEnd(judge);
    // One that the user stopped is as long as it was planned, and partial.
    const stoppedNs = Math.max(this.#plannedNs, Math.min(endedNs, schedule.durationNs));
    const untilNs = stopped ? stoppedNs : end.atNs;
    return {
      phases: phasesUntil(phases, untilNs),
      endedNs,
      stopped,
      ...(untilNs < schedule.durationNs && { untilNs }),
      ...(!stopped && end.atNs !== this.#plannedNs && { loadEnd: end }),
    };
  }

  #heed(end: EarlyEnd | undefined, clock: Clock): void {
    if (end === undefined || this.#end !== undefined) return;
    const { schedule, endAt } = this.#parts;
    const soonestNs = clock.nowNs() + ORDER_AHEAD_NS;
    const nextNs = (Math.floor(soonestNs / NS_PER_SEC) + 1) * NS_PER_SEC;
    const { kind, reason, atNs = 0 } = end;
    const endNs = Math.min(schedule.durationNs, atNs < soonestNs ? nextNs : atNs);
    this.#end = { kind, reason, atNs: endNs, plannedNs: this.#plannedNs };
    endAt(this.#end);
  }

  #boundEnd({ boundReason }: LoadJudge): LoadEnd {
    const { durationNs } = this.#parts.schedule;
    return { kind: 'bound', reason: boundReason, atNs: durationNs, plannedNs: this.#plannedNs };
  }

  #break(cause: unknown): void {
    this.#error ??= { cause };
    this.#parts.broke();
  }
}

/** A closed phase may have been over before. */
function phasesUntil(phases: readonly RunPhase[], untilNs: Ns): readonly RunPhase[] {
  return phases
    .filter(({ fromNs }) => fromNs < untilNs)
    .map((phase) => ({ ...phase, toNs: Math.min(phase.toNs, untilNs) }));
}
