import {
  errorText,
  type LoadEnd,
  NS_PER_MS,
  NS_PER_SEC,
  type FaultWindow,
  type Ns,
  type RatePerSec,
  type RunPhase,
  type RunRecord,
} from '../core/index.ts';
import type { EngineResult } from '../engine/index.ts';
import {
  CallSpans,
  endpointOf,
  endpointPort,
  type CallEndpoint,
} from '../export/opentelemetry/index.ts';
import type { KeptTraces, RecordSlice, Sink } from '../record/index.ts';
import type { CallsBesideLoad } from '../sender/index.ts';
import { RunIds } from '../trace/index.ts';
import type { LiveMetrics } from './environment/live-metrics.ts';
import type { FaultMarks } from './fault-marks.ts';
import { ResultWriter } from './result-writer.ts';
import type { RunObserver } from './run-observer.ts';
import { callLater } from './run-slice.ts';
import type { ServiceEnds } from './service-ends.ts';
import type { ServerSpanWatch } from './server-span-watch.ts';

const NO_FAULTS = { touchedBy: [], active: [] } as const;

/** What a run wants to know of what was sent. */
export interface SentRun extends Pick<EngineResult, 'phases' | 'endedNs' | 'stopped'> {
  /** Until when its load went on, where that is not the end of its schedule. */
  readonly untilNs?: Ns;
  readonly loadEnd?: LoadEnd;
}

export interface RunRecordingParts {
  /** The run, as it was created in the store. */
  readonly record: RunRecord;
  readonly sink: Sink;
  readonly observer: RunObserver;
  /** The fault windows so far, open ones too. */
  readonly windows: () => readonly FaultWindow[];
  /** Those so far. */
  readonly serviceEnds: ServiceEnds;
  readonly marks: FaultMarks;
  /** Where the calls of each step go, by the step's name. */
  readonly endpoints: ReadonlyMap<string, CallEndpoint>;
  readonly metrics: LiveMetrics | undefined;
  /** Hears of the calls that servers are to have spans of. */
  readonly watch: ServerSpanWatch;
  /** Says which calls' spans are stored. */
  readonly traces: KeptTraces;
  /** From when it is aborted on, nothing is stored. */
  readonly abandon: AbortSignal;
}

/**
 * The results of a run on their way into the store. Every second of the load brings a slice: its
 * numbers are stored, the calls of kept traces become spans, its fault windows are stored as they
 * open and close, so that a killed run has them too; so are services that ended unasked.
 */
export class RunRecording {
  readonly #parts: RunRecordingParts;
  readonly #writer: ResultWriter;
  readonly #spans: CallSpans;
  /** By identity: a window that closed since it was written is another object. */
  readonly #writtenWindows = new WeakSet<FaultWindow>();
  /** Calls become spans once it is known which faults touched them, slice after slice. */
  #marked: Promise<void> = Promise.resolve();
  #phases: readonly RunPhase[];
  #writtenEnds = 0;
  /** Calls of setup and teardown that found no room. */
  #droppedBeside = 0;

  constructor(parts: RunRecordingParts) {
    const { record, sink, observer, endpoints, marks, traces, abandon } = parts;
    this.#parts = parts;
    this.#phases = record.phases;
    this.#writer = new ResultWriter(sink, record.runId, (error) =>
      observer.note(`the store does not take results: ${errorText(error)}`),
    );
    this.#spans = new CallSpans({
      run: {
        runId: record.runId,
        scenario: record.scenario,
        originEpochMs: record.startedEpochMs,
        harnessVersion: record.harnessVersion,
      },
      ids: new RunIds(record.runId),
      endpoints,
      accept: (batch) => sink.writeSpans(batch),
    });
    traces.begin((call) => {
      if (abandon.aborted) return;
      const to = endpoints.get(call.step);
      const port = to === undefined ? 0 : endpointPort(endpointOf(to, call));
      this.#spans.add(call, marks.ofCall(call, port));
    });
  }

  /** Returns the names of the faults that are active now. */
  activeFaults(): readonly string[] {
    const open = this.#parts.windows().filter((window) => !Number.isFinite(window.toNs));
    return open.map((window) => window.fault);
  }

  /** Takes a second on the run's clock; `wanted` is its rate where the scenario does not say. */
  add(slice: RecordSlice, wanted?: RatePerSec): void {
    const { marks, traces, metrics, watch, abandon } = this.#parts;
    if (abandon.aborted) return;
    this.#writer.addSlice(slice);
    watch.called(slice);
    this.#marked = Promise.all([this.#marked, marks.update()]).then(() => traces.add(slice));
    this.#writeWindows();
    if (this.#parts.serviceEnds.count > this.#writtenEnds) this.announce(this.#phases);
    metrics?.update(slice, this.activeFaults(), wanted);
  }

  /** Takes calls of setup or teardown: they are spans, and in no number. No fault is on then. */
  addBesideLoad({ calls, originEpochMs, dropped }: CallsBesideLoad): void {
    if (this.#parts.abandon.aborted) return;
    const aheadNs = Math.round((originEpochMs - this.#parts.record.startedEpochMs) * NS_PER_MS);
    for (const call of calls) this.#spans.add(callLater(call, aheadNs), NO_FAULTS);
    this.#droppedBeside += dropped;
  }

  /** Takes which phases the run has had, and will have next. */
  announce(phases: readonly RunPhase[]): void {
    this.#phases = phases;
    this.#writer.addRun({ ...this.#record(), phases });
  }

  /**
   * Resolves when the run is durable as a whole: numbers, spans, windows, and its own record; with
   * why the sink gave up on a part of it, '' where it did not. `rejectedSpans` counts those of
   * services that were not stored; `plan` is of the load as it was sent, where that is another than
   * the run was created with.
   */
  async finish(
    { phases, endedNs, stopped, loadEnd }: SentRun,
    { rejectedSpans, plan }: { readonly rejectedSpans: number; readonly plan: string },
  ): Promise<string> {
    const { record } = this.#parts;
    // What the sink did not take stays there, and counts as dropped.
    await this.#marked;
    const refusal = await this.#spans.flush().then(() => '', errorText);
    this.#writeWindows();
    const lastSecond = Math.floor(endedNs / NS_PER_SEC);
    const unstored = this.#spans.dropped + this.#spans.buffered;
    const dropped = unstored + this.#parts.traces.lost + this.#droppedBeside;
    this.#writer.addCount('dropped_spans', dropped, lastSecond);
    this.#writer.addCount('rejected_spans', rejectedSpans, lastSecond);
    await this.#writer.settle();
    const status = stopped ? 'partial' : 'complete';
    const endedEpochMs = record.startedEpochMs + endedNs / 1e6;
    // Last: a run that is complete has all its numbers.
    const end = { endedEpochMs, status, ...(loadEnd && { loadEnd }) } as const;
    this.#writer.addRun({ ...this.#record(), phases, plan, ...end });
    return (await this.#writer.settle()) || refusal;
  }

  /** The run with what has become known of it since. */
  #record(): RunRecord {
    const { record, serviceEnds } = this.#parts;
    this.#writtenEnds = serviceEnds.count;
    if (serviceEnds.count === 0) return record;
    return { ...record, serviceEnds: serviceEnds.since(record.startedEpochMs) };
  }

  #writeWindows(): void {
    const changed = this.#parts.windows().filter((window) => !this.#writtenWindows.has(window));
    for (const window of changed) this.#writtenWindows.add(window);
    this.#writer.addFaultWindows(changed);
  }
}
