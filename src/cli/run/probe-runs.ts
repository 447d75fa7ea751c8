import {
  CapacitySearch,
  probeLoad,
  probeOf,
  probesOfRun,
  ProbeSlices,
  type Probe,
  type RateJudgement,
} from '../../capacity/index.ts';
import {
  NS_PER_SEC,
  sleep,
  type Clock,
  type Ms,
  type Ns,
  type RunPhase,
} from '../../core/index.ts';
import type { EngineResult } from '../../engine/index.ts';
import type { RecordSlice } from '../../record/index.ts';
import type { CapacityPhaseSpec, PhaseSpec, Scenario } from '../../scenario/index.ts';
import { scheduleOf, type Schedule } from '../../schedule/index.ts';
import { startSender, type Sender } from '../../sender/index.ts';
import { onRunClock } from './run-slice.ts';

/** One part of a run that is sent for itself: the warm-up, or a probe. */
export interface Stretch {
  readonly scenario: Scenario;
  readonly schedule: Schedule;
}

export interface ProbeRunsParts {
  /** With every reference resolved, a capacity search its last phase. */
  readonly scenario: Scenario;
  readonly search: CapacityPhaseSpec;
  readonly runId: string;
  /** What the setup captured, which was made for all stretches; undefined where there is none. */
  readonly setUpValues: readonly unknown[] | undefined;
  /** The run's clock. */
  readonly clock: Clock;
  readonly originEpochMs: Ms;
  readonly signal: AbortSignal;
  /** Told of every sender before it begins, so that it can be stopped. */
  readonly onSender: (sender: Sender) => void;
  /** Told of every second twice over: by the run's clock, and by the stretch's own. */
  readonly onSlice: (slice: RecordSlice, own: RecordSlice, stretch: Stretch) => void;
  /** Makes durable which phases the run has had, and will have next. */
  readonly onPhases: (phases: readonly RunPhase[]) => Promise<void>;
  /** Told what the user is to hear. */
  readonly tell: (text: string) => void;
}

/** What a session wants to know of what was sent. */
export type SentRun = Pick<EngineResult, 'phases' | 'endedNs' | 'stopped'>;

/** How far ahead a stretch's start is set at least, so that every thread hears of it. */
const START_AHEAD_NS = NS_PER_SEC / 10;
/** Calls may finish for so long after a probe, or for twice the longest limit of an objective. */
const DRAIN_NS = 5 * NS_PER_SEC;
/** The longest rest after a probe whose calls came late: what was cancelled may still be at work. */
const REST_NS_MAX = 5 * NS_PER_SEC;

/**
 * Carries out a capacity search as stretches of one run, each with senders of its own, on the run's
 * clock and with arrival numbers that go on:
 *
 *   warm-up │ gap │ lead-in, probe 1 │ drain, rest │ lead-in, probe 2 │ ...
 *                                          └─ judged ─► what to probe next
 *
 * A probe ends early where arrivals find no free slot: more of them tell no more. Resolves when the
 * search is done, or the stretch under way has ended after a request to stop.
 */
export async function runProbes(parts: ProbeRunsParts): Promise<SentRun> {
  const { scenario, search, tell, signal } = parts;
  const runs = new ProbeRuns(parts);
  const warmUp = scenario.load.filter((phase) => phase.capacity === undefined);
  if (warmUp.length > 0) await runs.send(warmUp);
  const judged = new CapacitySearch(search);
  while (!signal.aborted) {
    const step = judged.next();
    if (step.kind === 'done') break;
    for (const phase of await runs.send(probeLoad(search, step.probe))) {
      const rate = await judged.add(runs.slices.numbersOf(phase));
      if (rate) tell(progressText(step.probe, rate));
    }
  }
  return runs.sent(signal.aborted);
}

class ProbeRuns {
  readonly slices = new ProbeSlices();
  readonly #parts: ProbeRunsParts;
  readonly #phases: RunPhase[] = [];
  #firstSeq = 0;
  #endedNs: Ns = 0;

  constructor(parts: ProbeRunsParts) {
    this.#parts = parts;
  }

  sent(stopped: boolean): SentRun {
    return { phases: this.#phases, endedNs: this.#endedNs, stopped };
  }

  /** Sends a stretch and returns the probes in it, as they took place. */
  async send(load: readonly PhaseSpec[]): Promise<readonly RunPhase[]> {
    const { clock, originEpochMs, runId, setUpValues, signal, tell, onSender } = this.#parts;
    const scenario = this.#scenarioOf(load);
    const stretch = { scenario, schedule: scheduleOf(scenario) };
    let fromNs: Ns = 0;
    let cutNs = Infinity;
    const cut = (): void => {
      cutNs = Math.min(cutNs, clock.nowNs());
    };
    const sender = await startSender({
      scenario,
      runId,
      setUpValues,
      firstSeq: this.#firstSeq,
      onNotice: tell,
      onSlice: (own) => {
        const slice = onRunClock(own, fromNs);
        this.slices.add(slice);
        this.#parts.onSlice(slice, own, stretch);
        if (cutNs === Infinity && hasDropped(own)) {
          cut();
          sender.stop(scenario.engine.gracefulStopNs);
        }
      },
    });
    this.#firstSeq += seqsOf(stretch.schedule);
    onSender(sender);
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) {
      sender.stop(0);
      await sender.ended;
      return [];
    }
    fromNs = Math.ceil((clock.nowNs() + START_AHEAD_NS) / NS_PER_SEC) * NS_PER_SEC;
    const planned = stretch.schedule.phases.map((phase) => shifted(phase, fromNs));
    const announced = this.#parts.onPhases([...this.#phases, ...planned]);
    sender.begin(originEpochMs + fromNs / 1e6);
    const [result] = await Promise.all([sender.ended, announced]);
    signal.removeEventListener('abort', cut);
    const took = planned
      .map((phase) => ({ ...phase, toNs: Math.min(phase.toNs, Math.round(cutNs)) }))
      .filter((phase) => phase.toNs > phase.fromNs);
    this.#phases.push(...took);
    this.#endedNs = fromNs + result.endedNs;
    await this.#rest(this.#endedNs - (took.at(-1)?.toNs ?? this.#endedNs));
    return probesOfRun({ phases: took });
  }

  /** As long again as calls took to come in, if they did come late. */
  async #rest(drainedNs: Ns): Promise<void> {
    const { signal, clock } = this.#parts;
    if (drainedNs < NS_PER_SEC || signal.aborted) return;
    await Promise.race([sleep(clock, Math.min(drainedNs, REST_NS_MAX)), abortOf(signal)]);
  }

  #scenarioOf(load: readonly PhaseSpec[]): Scenario {
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

/** More numbers than a stretch can take: ten standard deviations past what is expected. */
function seqsOf({ expectedCount }: Schedule): number {
  return Math.ceil(expectedCount + 10 * Math.sqrt(expectedCount)) + 1_000;
}

function shifted(phase: RunPhase, byNs: Ns): RunPhase {
  return { ...phase, fromNs: phase.fromNs + byNs, toNs: phase.toNs + byNs };
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function progressText({ number }: Probe, { ratePerSec, standing, reason }: RateJudgement): string {
  const said = standing === 'generator' ? 'is too much for the generator' : standing;
  return `probe ${number}: ${ratePerSec}/s ${said}${reason === '' ? '' : ` (${reason})`}`;
}
