import { availableParallelism } from 'node:os';

import {
  epochNowMs,
  errorText,
  invariant,
  NS_PER_SEC,
  systemClock,
  type Clock,
  type FaultWindow,
  type Ms,
  type RatePerSec,
  type RunRecord,
  type RunStatus,
} from '../../core/index.ts';
import { CallSpans } from '../../export/opentelemetry/index.ts';
import { planFaults, runFaultPlan, type RunningFaultPlan } from '../../faults/index.ts';
import type { RecordSlice } from '../../record/index.ts';
import { printable } from '../../report/index.ts';
import type { CapacityPhaseSpec } from '../../scenario/index.ts';
import { scheduleOf, wantedRatePerSec, type Schedule } from '../../schedule/index.ts';
import { startOnce, startSender, type Sender } from '../../sender/index.ts';
import { RunIds } from '../../trace/index.ts';
import { HARNESS_VERSION } from '../version.ts';
import { faultHand } from './fault-hand.ts';
import type { FaultMarks } from './fault-marks.ts';
import { LiveProgress } from './live-progress.ts';
import { runProbes, type SentRun, type Stretch } from './probe-runs.ts';
import type { MeasureOptions } from './measure.ts';
import { ResultWriter } from './result-writer.ts';
import { serveMetrics, type LiveMetrics } from './live-metrics.ts';
import { stepEndpoints } from './step-endpoints.ts';
import type { Surroundings } from './surroundings.ts';

/** The start barrier: how far ahead the common start is set, so that every thread hears of it. */
const START_AHEAD_MS = 100;
/** How long calls under way may finish after a request to stop. */
const STOP_GRACE_NS = 2 * NS_PER_SEC;

export interface SessionOptions extends MeasureOptions {
  readonly runId: string;
  readonly around: Surroundings;
  readonly marks: FaultMarks;
}

/** What a session has once it began. */
interface Begun {
  readonly record: RunRecord;
  readonly clock: Clock;
  readonly faults: RunningFaultPlan;
  readonly spans: CallSpans;
  readonly live: LiveProgress;
}

/**
 * One run from the start barrier to the last durable row. Every second the engine hands over a
 * slice: its numbers go to the store, its kept calls become spans, the live line is redrawn.
 */
export class Session {
  readonly runId: string;
  readonly #options: SessionOptions;
  readonly #schedule: Schedule;
  readonly #writer: ResultWriter;
  #begun: Begun | undefined;
  #engine: Sender | undefined;
  #metrics: LiveMetrics | undefined;
  #result: SentRun | undefined;
  #running: Promise<void> | undefined;
  #abandoned = false;
  readonly #abandoning = new AbortController();
  /** As they were written: one that closed since is another. */
  readonly #writtenWindows = new WeakSet<FaultWindow>();
  /** Of a search: the live line of the stretch under way. */
  #shown: { readonly stretch: Stretch; readonly live: LiveProgress } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.runId = options.runId;
    this.#schedule = scheduleOf(options.scenario);
    this.#writer = new ResultWriter(options.store.sink, options.runId, (error) =>
      options.terminal.progress(`the store does not take results: ${errorText(error)}`),
    );
  }

  /** Resolves when the last call is over. `fail` is told what makes going on pointless. */
  run(fail: (error: unknown) => void): Promise<void> {
    this.#running = this.#run(fail);
    return this.#running;
  }

  async #run(fail: (error: unknown) => void): Promise<void> {
    const { around, stop, terminal, metrics } = this.#options;
    const { scenario } = around;
    if (metrics) {
      this.#metrics = await serveMetrics({ ...metrics, runId: this.runId, scenario });
      terminal.progress(`metrics at ${this.#metrics.url}`);
    }
    const search = scenario.load.find((phase) => phase.capacity !== undefined);
    if (search) {
      await this.#search(search, fail);
      return;
    }
    const engine = await startSender({
      scenario,
      runId: this.runId,
      onSlice: (slice) => this.#takeSlice(slice),
      onNotice: (text) => terminal.progress(printable(text)),
      signal: stop.signal,
    });
    this.#engine = engine;
    if (this.#abandoned || stop.signal.aborted) {
      engine.stop(0);
      await engine.ended;
      throw stop.signal.reason;
    }
    this.#begun = await this.#begin(epochNowMs() + START_AHEAD_MS, fail);
    stop.onStop(() => {
      terminal.progress('calls under way may finish, results are kept');
      engine.stop(STOP_GRACE_NS);
    });
    engine.begin(this.#begun.record.startedEpochMs);
    this.#result = await engine.ended;
    await this.#begun.faults.stop();
    terminal.endLive();
  }

  /** Sends one probe after the other, each with senders of its own, in place of one load. */
  async #search(search: CapacityPhaseSpec, fail: (error: unknown) => void): Promise<void> {
    const { around, stop, terminal } = this.#options;
    const signal = AbortSignal.any([stop.signal, this.#abandoning.signal]);
    signal.throwIfAborted();
    const setup = await startOnce({
      scenario: around.scenario,
      runId: this.runId,
      onNotice: (text) => terminal.progress(printable(text)),
      signal,
    });
    try {
      signal.throwIfAborted();
      const begun = await this.#begin(epochNowMs(), fail);
      this.#begun = begun;
      this.#result = await this.#probe(search, begun, setup?.values, signal);
      await begun.faults.stop();
    } finally {
      await setup?.tearDown();
    }
    terminal.endLive();
  }

  async #probe(
    search: CapacityPhaseSpec,
    begun: Begun,
    setUpValues: readonly unknown[] | undefined,
    signal: AbortSignal,
  ): Promise<SentRun> {
    const { around, store, stop, terminal } = this.#options;
    stop.onStop(() => {
      terminal.progress('calls under way may finish, results are kept');
      this.#engine?.stop(STOP_GRACE_NS);
    });
    return runProbes({
      scenario: around.scenario,
      search,
      runId: this.runId,
      setUpValues,
      clock: begun.clock,
      originEpochMs: begun.record.startedEpochMs,
      signal,
      onSender: (sender) => {
        this.#engine = sender;
        if (this.#abandoned) sender.stop(0);
      },
      onSlice: (slice, own, stretch) => this.#takeStretchSlice(slice, own, stretch),
      onPhases: (phases) => store.sink.writeRun({ ...begun.record, phases }),
      tell: (text) => terminal.progress(printable(text)),
    });
  }

  #takeStretchSlice(slice: RecordSlice, own: RecordSlice, stretch: Stretch): void {
    if (this.#begun === undefined || this.#abandoned) return;
    const wanted = wantedRatePerSec(stretch.scenario.load, (own.second + 0.5) * NS_PER_SEC);
    this.#store(slice, this.#begun, wanted);
    if (this.#shown?.stretch !== stretch) {
      const { terminal } = this.#options;
      const live = new LiveProgress(terminal, stretch.scenario, stretch.schedule, () => []);
      this.#shown = { stretch, live };
    }
    this.#shown.live.show(own);
  }

  /** Resolves when the run is durable as a whole: numbers, spans, windows, and its own record. */
  async finish(): Promise<void> {
    invariant(this.#begun && this.#result, 'a session that ended has begun');
    const { record, spans } = this.#begun;
    const { endedNs, stopped, phases } = this.#result;
    await spans.flush();
    this.#writeWindows();
    const lastSecond = Math.floor(endedNs / NS_PER_SEC);
    const { receiver } = this.#options.around;
    const rejected = receiver.counters.rejectedSpans + this.#options.store.sink.quarantinedSpans;
    this.#writer.addCount('dropped_spans', spans.dropped, lastSecond);
    this.#writer.addCount('rejected_spans', rejected, lastSecond);
    await this.#writer.settle();
    const status: RunStatus = stopped ? 'partial' : 'complete';
    const endedEpochMs = record.startedEpochMs + endedNs / 1e6;
    await this.#options.store.sink.writeRun({ ...record, phases, endedEpochMs, status });
  }

  /**
   * Lets go of what the session holds, whether or not it came to its end: nothing is sent and
   * nothing is stored once it resolves.
   */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#begun?.faults.cancel();
    this.#abandoning.abort();
    if (!this.#result) this.#engine?.stop(0);
    // Why it failed is known already, to whoever abandons it.
    await this.#running?.catch(() => undefined);
    await this.#engine?.ended.catch(() => undefined);
    await this.#metrics?.close();
    this.#options.terminal.endLive();
  }

  async #begin(originEpochMs: Ms, fail: (error: unknown) => void): Promise<Begun> {
    const { around, store, marks, terminal } = this.#options;
    const { scenario } = around;
    const record = this.#record(originEpochMs);
    await store.sink.writeRun(record);
    const clock = systemClock(originEpochMs);
    const plan = planFaults(scenario.faults, this.#schedule.phases);
    const faults = runFaultPlan(plan, faultHand(around), clock, {
      failed: fail,
      skipped: ({ name }) =>
        terminal.progress(`fault ${name}: a window was left out, the one before it ended too late`),
    });
    const windows = (): readonly FaultWindow[] => faults.windows();
    marks.begin({ originEpochMs, windows, ports: around.faultPorts });
    await faults.begun;
    const spans = new CallSpans({
      run: {
        runId: this.runId,
        scenario: scenario.name,
        originEpochMs,
        harnessVersion: HARNESS_VERSION,
      },
      ids: new RunIds(this.runId),
      endpoints: stepEndpoints(scenario, this.#options.scenario),
      accept: (batch) => store.sink.writeSpans(batch),
    });
    const live = new LiveProgress(terminal, scenario, this.#schedule, () => activeNow(windows()));
    return { record, clock, faults, spans, live };
  }

  #record(startedEpochMs: Ms): RunRecord {
    const { scenario } = this.#options.around;
    return {
      runId: this.runId,
      scenario: scenario.name,
      startedEpochMs,
      endedEpochMs: 0,
      status: 'running',
      seed: scenario.seed,
      phases: this.#schedule.phases,
      source: scenario.source.text,
      harnessVersion: HARNESS_VERSION,
      environment: {
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        cores: String(availableParallelism()),
        file: scenario.source.file,
      },
    };
  }

  #takeSlice(slice: RecordSlice): void {
    // An engine that is told to stop before it began hands out the second that it never had.
    if (this.#begun === undefined || this.#abandoned) return;
    this.#store(slice, this.#begun);
    this.#begun.live.show(slice);
  }

  #store(slice: RecordSlice, { spans, faults }: Begun, wanted?: RatePerSec): void {
    this.#writer.addSlice(slice);
    for (const call of slice.kept) {
      spans.add(call, this.#options.marks.ofCall(call.intendedNs, call.endNs));
    }
    this.#writeWindows();
    this.#metrics?.update(slice, activeNow(faults.windows()), wanted);
  }

  /**
   * Writes the windows that have opened or closed since the last time: a kill finds them stored.
   */
  #writeWindows(): void {
    const windows = this.#begun?.faults.windows() ?? [];
    const changed = windows.filter((window) => !this.#writtenWindows.has(window));
    for (const window of changed) this.#writtenWindows.add(window);
    this.#writer.addFaultWindows(changed);
  }
}

function activeNow(windows: readonly FaultWindow[]): readonly string[] {
  return windows.filter((w) => !Number.isFinite(w.toNs)).map((w) => w.fault);
}
