import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { epochMsFromNs, epochNsFromMs } from '../../src/core/index.ts';
import { findIncident, type CauseKind } from '../../src/incident/index.ts';
import type { SpanTable } from '../../src/spans/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import type { BenchOptions } from '../options.ts';
import { LoadSamples } from '../shop-incidents/load-samples.ts';
import { judge, wasHealthy, type Judgement } from '../shop-incidents/judge.ts';
import {
  planIncidents,
  QUIET,
  type MsRange,
  type RunPlan,
  type TimedIncident,
} from '../shop-incidents/plan-incidents.ts';
import { MEASURED_PHASE, runShop } from '../shop-incidents/run-shop.ts';
import { FAULT_NAMES, type Hop, NOT_OF_THE_SHOP } from '../shop-incidents/shop-faults.ts';
import { wilsonInterval } from '../statistics/wilson-interval.ts';
import { renderTable } from '../table.ts';

const COUNT = 20;
const QUICK_COUNT = 2;
const SEED = 1;
const RATE_PER_SEC = 40;
/** Runs at once; a run takes about half a core. */
const LANES = 2;
/** What there is of one incident at most: as much as the command reads. */
const TRACES_MAX = 50_000;

/** An incident that lies in a store: what was done, and when. */
interface StoredIncident {
  readonly name: string;
  readonly kind: string;
  readonly hop: Hop;
  readonly rightKinds: readonly CauseKind[];
  readonly effect: string;
  /** Under the folder of the data. */
  readonly store: string;
  readonly runId: string;
  readonly baseline: EpochTimes;
  readonly window: EpochTimes;
  /** Load average of the machine when the window was over; absent in older recordings. */
  readonly load?: number;
}

/** Ns since the epoch, as text. */
interface EpochTimes {
  readonly from: string;
  readonly to: string;
}

interface Judged extends Judgement {
  readonly incident: StoredIncident;
}

/**
 * Prints how often the first cause is the fault that was injected, for seeded faults of each kind
 * in the shop, and how often nothing is said to explain a change where there was none. With
 * `--data` what was recorded stays in that folder, and what lies there is judged again.
 */
export async function benchIncidentShop(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const folder = options.data ?? join(scratch, 'incidents');
  mkdirSync(folder, { recursive: true });
  const list = join(folder, 'incidents.json');
  if (!existsSync(list)) {
    await recordIncidents(options, { folder, scratch, list }, say);
  }
  const incidents = JSON.parse(readFileSync(list, 'utf8')) as readonly StoredIncident[];
  const judged = await judgeAll(incidents, folder, say);
  sayTables(judged, say);
}

interface Places {
  readonly folder: string;
  readonly scratch: string;
  /** The file that lists what is recorded, run by run. */
  readonly list: string;
}

async function recordIncidents(
  options: BenchOptions,
  { folder, scratch, list }: Places,
  say: (line: string) => void,
): Promise<void> {
  const kinds = options.toxics ?? [...FAULT_NAMES, QUIET];
  const count = options.count ?? (options.quick ? QUICK_COUNT : COUNT);
  const plans = [...planIncidents(kinds, count, options.seed ?? SEED)];
  const lengthMs = plans.reduce((sum, plan) => sum + plan.lengthMs, 0);
  say(
    `${plans.length} runs of the shop at ${RATE_PER_SEC}/s, ${LANES} at once, some ${Math.ceil(lengthMs / LANES / 60_000)} min`,
  );
  say(`not on a shop without gRPC: ${NOT_OF_THE_SHOP.join(', ')}`);
  const stored: StoredIncident[] = [];
  const loads = new LoadSamples();
  const lane = async (): Promise<void> => {
    for (let plan = plans.shift(); plan; plan = plans.shift()) {
      // One for each run: around every window spans are looked at for minutes.
      const store = `store-${plan.number + 1}`;
      const storeDir = join(folder, store);
      const runId = await runShop(plan, RATE_PER_SEC, { storeDir, scratch });
      const own = await timesOf(plan, { runId, store, storeDir });
      stored.push(...own.map((one) => ({ ...one, load: loads.before(endedEpochMs(one)) })));
      writeFileSync(list, JSON.stringify(stored, undefined, 1));
      say(`run ${plan.number + 1}: ${plan.incidents.length} incidents`);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, () => lane()));
  } finally {
    loads.stop();
  }
}

function endedEpochMs({ window }: StoredIncident): number {
  return epochMsFromNs(BigInt(window.to));
}

interface StoredRun {
  readonly runId: string;
  readonly store: string;
  readonly storeDir: string;
}

/** Returns when the faults of a run really began and ended. */
async function timesOf(
  plan: RunPlan,
  { runId, store, storeDir }: StoredRun,
): Promise<readonly StoredIncident[]> {
  const reader = await reading(storeDir);
  try {
    const run = await reader.source.run(runId);
    const phase = run?.phases.find(({ name }) => name === MEASURED_PHASE);
    if (run === undefined || phase === undefined) throw new Error(`run ${runId} is not stored`);
    const windows = await reader.source.faultWindows(runId);
    const times = (fromNs: number, toNs: number): EpochTimes => {
      const startNs = epochNsFromMs(run.startedEpochMs);
      const at = (ns: number): string => String(startNs + BigInt(Math.round(ns)));
      return { from: at(fromNs), to: at(toNs) };
    };
    const planned = ({ fromMs, toMs }: MsRange): EpochTimes =>
      times(phase.fromNs + fromMs * 1e6, phase.fromNs + toMs * 1e6);
    return plan.incidents.flatMap((incident): readonly StoredIncident[] => {
      const window = windows.find(({ fault }) => fault === incident.name);
      if (window === undefined && incident.fault !== undefined) return [];
      return [
        {
          name: incident.name,
          kind: incident.kind,
          hop: incident.hop,
          rightKinds: incident.fault?.rightKinds ?? [],
          effect: effectText(incident),
          store,
          runId,
          baseline: planned(incident.baseline),
          window:
            window === undefined
              ? planned(incident.window)
              : times(window.fromNs, window.fromNs + lengthNs(incident)),
        },
      ];
    });
  } finally {
    await reader.close();
  }
}

function effectText({ fault }: TimedIncident): string {
  if (fault === undefined) return '';
  const { effect } = fault;
  return 'do' in effect ? effect.do : JSON.stringify(effect.toxic);
}

function lengthNs({ window }: TimedIncident): number {
  return (window.toMs - window.fromMs) * 1e6;
}

async function reading(dir: string): Promise<SpanReader> {
  return openSpans({ dir, onNotice: () => undefined });
}

async function judgeAll(
  incidents: readonly StoredIncident[],
  folder: string,
  say: (line: string) => void,
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  let sick = 0;
  for (const [store, own] of Map.groupBy(incidents, (one) => one.store)) {
    const reader = await reading(join(folder, store));
    const baselines = new Map<string, SpanTable>();
    try {
      for (const incident of own) {
        const { runId } = incident;
        const baseline =
          baselines.get(incident.baseline.from) ?? (await read(reader, runId, incident.baseline));
        baselines.set(incident.baseline.from, baseline);
        const window = await read(reader, runId, incident.window);
        // What `callgauge incident --baseline T1..T2 --window T3..T4` asks.
        const answer = findIncident(baseline, window, { seed: SEED });
        if (!wasHealthy(answer)) {
          sick += 1;
          continue;
        }
        const one = { incident, ...judge(answer, incident) };
        judged.push(one);
        if (!isRight(one)) say(missLine(one));
      }
    } finally {
      await reader.close();
    }
  }
  if (sick > 0) say(`${sick} left out: the machine had no time for a healthy shop before them`);
  return judged;
}

function missLine({ incident, rank, said }: Judged): string {
  const { name, hop, effect, load } = incident;
  const what = isFault(incident) ? `${hop.caller} -> ${hop.callee}, ${effect}` : 'nothing';
  const place = rank > 1 ? `; the fault is no. ${rank}` : '';
  const beside = load === undefined ? '' : `; load ${load.toFixed(1)}`;
  return `${name}: ${what}; said: ${said}${place}${beside}`;
}

/** Returns the traces of a run that begin in a time. */
async function read(
  { windows }: SpanReader,
  runId: string,
  { from, to }: EpochTimes,
): Promise<SpanTable> {
  const time = { fromEpochNs: BigInt(from), toEpochNs: BigInt(to) };
  return (await windows.spansIn({ ...time, runId }, TRACES_MAX)).table;
}

function isFault({ rightKinds }: StoredIncident): boolean {
  return rightKinds.length > 0;
}

function isRight({ incident, rank, isQuiet }: Judged): boolean {
  return isFault(incident) ? rank === 1 : isQuiet;
}

function sayTables(judged: readonly Judged[], say: (line: string) => void): void {
  const kinds = [...Map.groupBy(judged, ({ incident }) => incident.kind)].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const count = (own: readonly Judged[], is: (one: Judged) => boolean): string =>
    String(own.filter(is).length);
  const rows = kinds.map(([kind, own]) => {
    const hasFault = own.some(({ incident }) => isFault(incident));
    const named = [
      count(own, ({ rank }) => rank === 1),
      count(own, ({ rank }) => inFirst(rank, 3)),
    ];
    return [
      kind,
      String(own.length),
      ...(hasFault ? named : ['', '']),
      count(own, ({ isQuiet }) => isQuiet),
      rightText(own),
      hasFault ? '' : 'nothing to see',
    ];
  });
  const heads = ['fault', 'incidents', 'AS@1', 'AS@3', 'quiet', 'right, 95% interval', ''];
  say(`\n${renderTable(heads, rows)}\n`);
  const faults = judged.filter(({ incident }) => isFault(incident));
  const quiet = judged.filter(({ incident }) => !isFault(incident));
  for (const [name, own] of byLoad(judged)) say(`${name}: right ${rightText(own)}`);
  say(
    `AS@1 ${count(faults, isRight)} of ${faults.length}; quiet ${count(quiet, isRight)} of ${quiet.length}`,
  );
}

function inFirst(rank: number, places: number): boolean {
  return rank > 0 && rank <= places;
}

function rightText(own: readonly Judged[]): string {
  if (own.length === 0) return '';
  const right = own.filter(isRight).length;
  const { low, high } = wilsonInterval(right, own.length);
  const percent = (ratio: number): string => (100 * ratio).toFixed(1);
  return `${right} of ${own.length}, ${percent(low)} to ${percent(high)}%`;
}

/** Returns the half of the incidents beside which the machine did less, and the other. */
function byLoad(judged: readonly Judged[]): readonly (readonly [string, readonly Judged[]])[] {
  const loadOf = ({ incident }: Judged): number => incident.load ?? 0;
  const loads = judged.map(loadOf).toSorted((a, b) => a - b);
  const median = loads[Math.floor(loads.length / 2)] ?? 0;
  if (median === 0) return [];
  return [
    [`load below ${median.toFixed(1)}`, judged.filter((one) => loadOf(one) < median)],
    ['the others', judged.filter((one) => loadOf(one) >= median)],
  ];
}
