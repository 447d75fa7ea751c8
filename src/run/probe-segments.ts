import { probeOf, probesOfRun, ProbeSlices } from '../capacity/index.ts';
import { NS_PER_SEC, sleep, type Ns, type RunPhase } from '../core/index.ts';
import type { SharedValues } from '../flow/index.ts';
import type { RecordSlice } from '../record/index.ts';
import type { CapacityPhaseSpec, ReadyPhase, ReadyScenario } from '../scenario/index.ts';
import { scheduleOf, wantedRatePerSec, type Schedule } from '../schedule/index.ts';
import { startSender } from '../sender/index.ts';
import type { SentRun } from './run-recording.ts';
import { onRunClock } from './run-slice.ts';
import type { Segment } from './run-observer.ts';
import {
  onAbort,
  ORDER_AHEAD_NS,
  STOP_GRACE_NS,
  type BegunRun,
  type SendingParts,
} from './sending.ts';

export interface ProbeSegmentsParts extends Omit<SendingParts, 'begin'> {
  readonly search: CapacityPhaseSpec;
  readonly begun: BegunRun;
  /** What the setup of the run captured; undefined where there is none. */
  readonly setUpValues: SharedValues | undefined;
  /** Aborted when either `stop` or `abandon` is. */
  readonly ending: AbortSignal;
}

/** Calls may finish for so long after a probe, or for twice the longest limit of an objective. */
const DRAIN_NS = 5 * NS_PER_SEC;
/**
 * The longest rest after a probe whose calls came late: what was cancelled may still be at work.
 */
const REST_NS_MAX = 5 * NS_PER_SEC;

/** Sends the segments of a capacity search, one after another. */
export class ProbeSegments {
  /** What was recorded, by the run's clock. */
  readonly slices = new ProbeSlices();
  readonly #parts: ProbeSegmentsParts;
  readonly #phases: RunPhase[] = [];
  #firstSeq = 0;
  #endedNs: Ns = 0;

  constructor(parts: ProbeSegmentsParts) {
    this.#parts = parts;
  }

  /** Returns what was sent so far. */
  sent(stopped: boolean): SentRun {
    return { phases: this.#phases, endedNs: this.#endedNs, stopped };
  }

  /**
   * Sends a segment and returns the probes in it, as they took place. A probe ends early where
   * arrivals find no free slot: more of them tell no more.
   */
  async send(load: readonly ReadyPhase[]): Promise<readonly RunPhase[]> {
    const { begun, runId, threads, holds, setUpValues, observer, stop, abandon, ending } =
      this.#parts;
    const { clock, startedEpochMs } = begun;
    const scenario = this.#scenarioOf(load);
    const segment: Segment = { scenario, schedule: scheduleOf(scenario) };
    let fromNs: Ns = 0;
    let cutNs = Infinity;
    const cut = (): void => {
      cutNs = Math.min(cutNs, clock.nowNs());
    };
    const sender = await startSender({
      scenario,
      runId,
      threads,
      holds,
      setUpValues,
      firstSeq: this.#firstSeq,
      onNotice: (text) => observer.note(text),
      onSlice: (own) => {
        this.#take(own, segment, fromNs);
        if (cutNs === Infinity && hasDropped(own)) {
          cut();
          sender.stop(scenario.engine.gracefulStopNs);
        }
      },
    });
    this.#firstSeq += seqsOf(segment.schedule);
    if (ending.aborted) {
      sender.stop(0);
      await sender.ended;
      return [];
    }
    const listeners = [
      onAbort(ending, cut),
      onAbort(abandon, () => sender.stop(0)),
      onAbort(stop, () => {
        observer.note('calls under way may finish, results are kept');
        sender.stop(STOP_GRACE_NS);
      }),
    ];
    try {
      fromNs = Math.ceil((clock.nowNs() + ORDER_AHEAD_NS) / NS_PER_SEC) * NS_PER_SEC;
      const planned = segment.schedule.phases.map((phase) => shifted(phase, fromNs));
      begun.recording.announce([...this.#phases, ...planned]);
      sender.begin(startedEpochMs + fromNs / 1e6);
      const result = await sender.ended;
      const took = planned
        .map((phase) => ({ ...phase, toNs: Math.min(phase.toNs, Math.round(cutNs)) }))
        .filter((phase) => phase.toNs > phase.fromNs);
      this.#phases.push(...took);
      this.#endedNs = fromNs + result.endedNs;
      await this.#rest(this.#endedNs - (took.at(-1)?.toNs ?? this.#endedNs));
      return probesOfRun({ phases: took });
    } catch (error) {
      sender.stop(0);
      // It ends for the reason that is thrown here.
      await sender.ended.catch(() => undefined);
      throw error;
    } finally {
      for (const leaveOff of listeners) leaveOff();
    }
  }

  /** `own` is on the clock of the segment, which began at `fromNs` of the run. */
  #take(own: RecordSlice, segment: Segment, fromNs: Ns): void {
    const { begun, observer, abandon } = this.#parts;
    const slice = onRunClock(own, fromNs);
    this.slices.add(slice);
    if (abandon.aborted) return;
    const middleNs = (own.second + 0.5) * NS_PER_SEC;
    begun.recording.add(slice, wantedRatePerSec(segment.scenario.load, middleNs));
    observer.second({ slice: own, segment, activeFaults: begun.recording.activeFaults() });
  }

  /** As long again as calls took to come in, if they did come late. */
  async #rest(drainedNs: Ns): Promise<void> {
    const { ending, begun } = this.#parts;
    if (drainedNs < NS_PER_SEC || ending.aborted) return;
    const ended = new Promise<void>((resolve) => void onAbort(ending, resolve));
    await Promise.race([sleep(begun.clock, Math.min(drainedNs, REST_NS_MAX)), ended]);
  }

  #scenarioOf(load: readonly ReadyPhase[]): ReadyScenario {
    const { scenario, search } = this.#parts;
    const limitsNs = search.capacity.objectives.map((objective) =>
      objective.aggregate.kind === 'rate' ? 0 : objective.limit,
    );
    const drainNs = Math.max(DRAIN_NS, 2 * Math.max(...limitsNs));
    const gracefulStopNs = Math.min(scenario.engine.gracefulStopNs, drainNs);
    return { ...scenario, load, engine: { ...scenario.engine, gracefulStopNs } };
  }
}

/** Whether a probe did; a warm-up and a lead-in go on to their end. */
function hasDropped({ counters }: RecordSlice): boolean {
  return counters.some(
    ({ counter, phase }) => counter === 'dropped_arrivals' && probeOf(phase) !== undefined,
  );
}

/** More numbers than a segment can take: ten standard deviations past what is expected. */
function seqsOf({ expectedCount }: Schedule): number {
  return Math.ceil(expectedCount + 10 * Math.sqrt(expectedCount)) + 1_000;
}

function shifted(phase: RunPhase, byNs: Ns): RunPhase {
  return { ...phase, fromNs: phase.fromNs + byNs, toNs: phase.toNs + byNs };
}
