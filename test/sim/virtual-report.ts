import { createHash } from 'node:crypto';
import { CapacitySearch, probeLoad, probesOfRun, ProbeSlices } from '../../src/capacity/index.ts';
import { onRunClock } from '../../src/run/run-slice.ts';
import { readLoadWithoutStore } from '../../src/run/prepare/read-load.ts';
import { planJson, planOf, reportOf } from '../../src/run/stored/index.ts';
import {
  type Clock,
  type FaultWindow,
  invariant,
  NS_PER_MS,
  NS_PER_SEC,
  type Ns,
  type RunPhase,
  type RunRecord,
  type Span,
} from '../../src/core/index.ts';
import type { LiveCall } from '../../src/engine/index.ts';
import { CallSpans } from '../../src/export/opentelemetry/index.ts';
import {
  faultsDuring,
  planFaults,
  runFaultPlan,
  type RunningFaultPlan,
} from '../../src/faults/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { renderJson } from '../../src/report/index.ts';
import {
  type CapacityPhaseSpec,
  type PhaseSpec,
  readScenario,
  resolveReferences,
  type Scenario,
} from '../../src/scenario/index.ts';
import { scheduleOf } from '../../src/schedule/index.ts';
import { RunIds } from '../../src/trace/index.ts';
import { ModelledSaturator, VirtualRun } from '../../src/simulate/index.ts';
import { ModelledShop } from './modelled-shop.ts';
import { sliceSource } from './slice-source.ts';

const RUN_ID = '6920b6a75d1f3c09';
const STARTED_EPOCH_MS = Date.UTC(2026, 10, 21, 0, 52, 7);
/** How far the virtual time moves before the reactions of promises run. */
const STRIDE_NS = 20 * NS_PER_MS;

export interface VirtualReport {
  /** As `callgauge run --json` prints it, the scenario's text left out. */
  readonly json: string;
  /** Of every call in the order of the sends: its ids, its step and its times. */
  readonly callsSha256: string;
  readonly calls: number;
}

/**
 * Carries out a scenario on a virtual clock against a modelled shop, and returns what `--json` says
 * of it. All of it is the product's own but for sockets, threads, processes and the store: engine,
 * flows, recorder, fault plan, spans, analysis, verdict, advice and rendering.
 */
export async function virtualReport(file: string): Promise<VirtualReport> {
  const scenario = await readyScenario(file);
  const search = scenario.load.find((phase) => phase.capacity !== undefined);
  const sent = new SentParts(scenario);
  if (search) await sent.search(search);
  else await sent.send(scenario.load);
  return sent.report();
}

async function readyScenario(file: string): Promise<Scenario> {
  const asWritten = await readScenario(file);
  const load = await readLoadWithoutStore(asWritten, () => undefined);
  const read = { ...asWritten, load };
  const at = (names: readonly { readonly name: string }[], port: number) =>
    Object.fromEntries(names.map(({ name }, i) => [name, { host: '127.0.0.1', port: port + i }]));
  const { services, proxies } = read;
  return resolveReferences(read, {
    services: at(services, 7_101),
    proxies: at(proxies, 7_201),
    env: {},
  });
}

/** What a run has sent so far: all of it at once, or a capacity search probe by probe. */
class SentParts {
  readonly #scenario: Scenario;
  readonly #slices: RecordSlice[] = [];
  readonly #phases: RunPhase[] = [];
  readonly #shops: ModelledShop[] = [];
  readonly #ids = new RunIds(RUN_ID);
  readonly #calls = createHash('sha256');
  #windows: readonly FaultWindow[] = [];
  #callCount = 0;
  #firstSeq = 0;
  #endedNs: Ns = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** As `run` does it, but that senders need no time to start and calls none to drain. */
  async search(search: CapacityPhaseSpec): Promise<void> {
    const warmUp = this.#scenario.load.filter((phase) => phase.capacity === undefined);
    if (warmUp.length > 0) await this.send(warmUp);
    const capacitySearch = new CapacitySearch(search);
    const slices = new ProbeSlices();
    for (let step = capacitySearch.next(); step.kind !== 'done'; step = capacitySearch.next()) {
      const before = this.#slices.length;
      const took = await this.send(probeLoad(search, step.probe));
      for (const slice of this.#slices.slice(before)) slices.add(slice);
      for (const phase of probesOfRun({ phases: took })) {
        await capacitySearch.add(slices.numbersOf(phase));
      }
    }
  }

  async send(load: readonly PhaseSpec[]): Promise<readonly RunPhase[]> {
    const scenario = { ...this.#scenario, load };
    const steps = scenario.flows.flatMap((flow) => flow.steps);
    const [target] = scenario.targets;
    invariant(target, 'a scenario has a target');
    const fromNs = Math.ceil(this.#endedNs / NS_PER_SEC) * NS_PER_SEC;
    let faults: RunningFaultPlan | undefined;
    const shop = new ModelledShop({
      seed: scenario.seed,
      steps,
      windows: () => faults?.windows() ?? [],
    });
    this.#shops.push(shop);
    const run: VirtualRun = new VirtualRun({
      scenario,
      keep: scenario.trace.keep,
      connections: target.connections,
      maxInFlight: scenario.engine.maxInFlight,
      gracefulStopNs: scenario.engine.gracefulStopNs,
      firstSeq: this.#firstSeq,
      generatorClock: lateClock,
      saturatorFor: (clock) => (phase, events) => new ModelledSaturator(clock, phase, events, 15),
      answer: (call, sentNs) => {
        this.#note(call, sentNs + fromNs);
        if (this.#callCount % 50 === 1) run.driver(target.name).events.connected(400_000, false);
        if (steps[call.stepIndex]?.call.protocol === 'grpc') stream(run, call, sentNs);
        return shop.answer(call, sentNs);
      },
    });
    const schedule = scheduleOf(scenario);
    faults = faultsOf(scenario, run.clock, schedule.phases);
    await faults.begun;
    run.engine.begin();
    while (run.result === undefined) {
      run.clock.advance(STRIDE_NS);
      await settled();
    }
    this.#windows = await faults.stop();
    this.#slices.push(...run.slices.map((slice) => onRunClock(slice, fromNs)));
    const took = run.result.phases.map((phase) => ({
      ...phase,
      fromNs: phase.fromNs + fromNs,
      toNs: phase.toNs + fromNs,
    }));
    this.#phases.push(...took);
    this.#endedNs = fromNs + run.result.endedNs;
    this.#firstSeq += run.result.arrivals;
    return took;
  }

  async report(): Promise<VirtualReport> {
    const source = sliceSource({
      run: this.#record(),
      slices: this.#slices,
      windows: this.#windows,
      spans: await this.#spans(),
      attempts: this.#shops.flatMap((shop) => shop.attempts),
    });
    const store = { source, description: 'memory' };
    const report = await reportOf(store, RUN_ID, (command) => `callgauge ${command}`);
    const json = JSON.parse(renderJson(report)) as { config: { scenarioSource: string } };
    json.config.scenarioSource = '';
    return {
      json: `${JSON.stringify(json, null, 2)}\n`,
      callsSha256: this.#calls.digest('hex'),
      calls: this.#callCount,
    };
  }

  #note({ seq, spanSeq, stepIndex, intendedNs, seenNs }: LiveCall, sentNs: Ns): void {
    this.#callCount++;
    const ids = `${this.#ids.traceId(seq)} ${this.#ids.spanId(spanSeq)}`;
    this.#calls.update(`${ids} ${stepIndex} ${intendedNs} ${seenNs} ${sentNs}\n`);
  }

  #record(): RunRecord {
    const { name, seed, source } = this.#scenario;
    return {
      runId: RUN_ID,
      scenario: name,
      startedEpochMs: STARTED_EPOCH_MS,
      endedEpochMs: STARTED_EPOCH_MS + this.#endedNs / NS_PER_MS,
      status: 'complete',
      seed,
      phases: this.#phases,
      source: source.text,
      plan: planJson(planOf(this.#scenario)),
      verdict: '',
      harnessVersion: '0.0.0',
      environment: { node: 'v24.0.0', platform: 'virtual', cores: '2' },
    };
  }

  async #spans(): Promise<readonly Span[]> {
    const stored: Span[] = [];
    const url = 'http://127.0.0.1:7101/';
    const statusAttribute = 'http.response.status_code';
    const to = { url, attributes: { 'url.full': url }, statusAttribute };
    const steps = this.#scenario.flows.flatMap((flow) => flow.steps);
    const spans = new CallSpans({
      run: {
        runId: RUN_ID,
        scenario: this.#scenario.name,
        originEpochMs: STARTED_EPOCH_MS,
        harnessVersion: '0.0.0',
      },
      ids: this.#ids,
      endpoints: new Map(steps.map(({ name }) => [name, { ...to, others: [to] }])),
      accept: async (batch) => void stored.push(...batch),
    });
    for (const call of this.#slices.flatMap((slice) => slice.kept)) {
      // The modelled shop has no proxies: it is as if every fault touched all calls of its window.
      const active = faultsDuring(this.#windows, call.intendedNs, call.endNs);
      spans.add(call, { touchedBy: active, active });
    }
    await spans.flush();
    return stored;
  }
}

/** Returns the plan under way: what it does to the proxies is in the modelled shop's answers. */
function faultsOf(
  { faults }: Scenario,
  clock: Clock,
  phases: readonly RunPhase[],
): RunningFaultPlan {
  const done = async () => ({ atEpochMs: clock.originEpochMs + clock.nowNs() / NS_PER_MS });
  return runFaultPlan(
    planFaults(faults, phases),
    { begin: done, end: done, runOver: () => undefined },
    clock,
    {
      failed: (error) => {
        throw error;
      },
      skipped: ({ name }) => {
        throw new Error(`unreachable: fault ${name} has its place to itself`);
      },
    },
  );
}

/** The generator is late by up to 0.1 ms, by the time alone: however many timers are set. */
function lateClock(clock: Clock): Clock {
  return {
    originEpochMs: clock.originEpochMs,
    nowNs: () => clock.nowNs(),
    after: (delayNs, fire) => {
      const dueNs = clock.nowNs() + Math.max(0, delayNs);
      return clock.after(Math.max(0, delayNs) + (dueNs % 99_991), fire);
    },
  };
}

/** Three messages there and back while the call is under way. */
function stream(run: VirtualRun, call: LiveCall, sentNs: Ns): void {
  const { clock } = run;
  const { events } = run.driver('orders');
  const { seq } = call;
  for (let k = 1; k <= 3; k++) {
    clock.after(k * NS_PER_MS, () => {
      // The slot is the next call's once this one is over.
      if (call.seq !== seq || call.sentNs !== sentNs) return;
      events.messageSent?.(call, clock.nowNs());
      events.message?.(call, clock.nowNs(), NS_PER_MS);
    });
  }
}

/** Runs the reactions of promises that have settled. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
