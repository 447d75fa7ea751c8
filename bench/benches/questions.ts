import { loadavg } from 'node:os';
import { join } from 'node:path';
import { errorText } from '../../src/core/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import type { BenchOptions } from '../options.ts';
import { startAsker } from '../questions/asker.ts';
import { fillingOf, fillStore, type FilledTime, type Filling } from '../questions/fill-store.ts';
import { failedTraces, percentiles, serviceMap, traceById } from '../questions/plug-in-sql.ts';
import type { Asked } from '../questions/question.ts';
import { cpuSecOf } from '../process-cpu.ts';
import { renderTable } from '../table.ts';

/** The incident that the store is filled with is in this service. */
const CAUSE = 'payment';
const SPANS = 10_000_000;
const ROUNDS = 5;
/** What a comparison of two windows reads at most of each, as the command has it. */
const INCIDENT_TRACES_MAX = 50_000;
const GRAPH_TRACES_MAX = 20_000;
const RSS_AIM_BYTES = 1.5 * 1_024 ** 3;

/** A question, what asks the same of a Grafana, and what it is to take with ten million spans. */
interface Question {
  readonly name: string;
  readonly kind: Asked['kind'];
  readonly asked?: Partial<Asked>;
  /** What the plug-in sends, one after another; none where it has no such question. */
  readonly plugIn: readonly string[];
  readonly aimSec?: number;
}

/**
 * Prints how long questions about many spans take through the code of the commands, the memory of
 * the process that asks, and how long the SQL takes that Grafana's plug-in sends for the same.
 */
export async function benchQuestions(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const filling = fillingOf(options.spans ?? (options.quick ? SPANS / 20 : SPANS));
  const dir = options.data ?? join(scratch, 'store');
  const store = await openStore({ dir });
  try {
    const startMs = performance.now();
    await fillStore(store, filling);
    const filledSec = (performance.now() - startMs) / 1_000;
    say(`${await sizeLine(store)}; filled in ${filledSec.toFixed(0)} s\n`);
    const rounds = options.rounds ?? (options.quick ? 3 : ROUNDS);
    const rows: (readonly string[])[] = [];
    for (const question of await questionsOf(store, filling)) {
      const load = `load ${loadavg()[0]?.toFixed(0)}`;
      try {
        rows.push(await rowOf(question, { store, dir, rounds, filling }));
        say(`${question.name}: answered, ${load}`);
      } catch (error) {
        // A busy server gives no answer in time, say: the others are asked all the same.
        rows.push([question.name, 'no answer']);
        say(`${question.name}: ${errorText(error)}, ${load}`);
      }
    }
    const heads = [
      'question',
      'ours ms',
      'CPU ms',
      'server',
      "plug-in's SQL ms",
      'server',
      'peak RSS MiB',
    ];
    say(`\np50 of ${rounds}, asked by turns, the first left out\n`);
    say(renderTable([...heads, 'aim ms', 'met'], rows));
  } finally {
    await store.close();
  }
}

async function sizeLine({ connection }: Store): Promise<string> {
  type Row = { readonly Spans: number; readonly Bytes: number; readonly Traces: number };
  const [row] = await connection.select<Row>(
    `SELECT sumIf(rows, table = 'otel_traces') AS Spans, sumIf(bytes_on_disk, table = 'otel_traces') AS Bytes,
       sumIf(bytes_on_disk, table = 'otel_traces_trace_id_ts') AS Traces
     FROM system.parts WHERE active AND database = currentDatabase()`,
  );
  const { Spans = 0, Bytes = 0, Traces = 0 } = row ?? {};
  const perSpan = (bytes: number): string => (bytes / Math.max(1, Spans)).toFixed(1);
  return `${Spans} spans of a shop, ${perSpan(Bytes)} B a span on disk and ${perSpan(Traces)} B of lookup by trace`;
}

async function questionsOf(store: Store, filling: Filling): Promise<readonly Question[]> {
  const { all, baseline, incident, wide } = filling;
  type Row = { readonly TraceId: string };
  const [row] = await store.connection.select<Row>(
    `SELECT TraceId FROM otel_traces WHERE ServiceName = {service:String} ORDER BY cityHash64(TraceId) LIMIT 1`,
    { service: CAUSE },
  );
  const traceId = row?.TraceId ?? '';
  return [
    {
      name: 'a trace by its id',
      kind: 'trace',
      asked: { traceId },
      ...aim(0.06),
      plugIn: [traceById(traceId)],
    },
    {
      name: 'percentiles by service and operation',
      kind: 'operations',
      ...aim(0.4),
      plugIn: [percentiles(all)],
    },
    {
      name: 'the newest failed traces of a service',
      kind: 'failed traces',
      plugIn: [failedTraces(all, CAUSE)],
    },
    {
      name: 'the service graph of a window, of 20,000 traces',
      kind: 'graph',
      asked: { time: rangeOf(incident), tracesMax: GRAPH_TRACES_MAX },
      plugIn: [serviceMap(incident)],
    },
    {
      name: 'critical path of the traces of a tenth of the time',
      kind: 'critical path',
      asked: { time: rangeOf(wide), tracesMax: 100_000 },
      ...aim(10),
      plugIn: [],
    },
    {
      name: 'critical path of as many, evenly of all',
      kind: 'critical path',
      asked: { time: rangeOf(all), tracesMax: 100_000 },
      plugIn: [],
    },
    {
      name: 'incident: a window against another',
      kind: 'incident',
      asked: {
        ...{ time: rangeOf(incident), baseline: rangeOf(baseline) },
        tracesMax: INCIDENT_TRACES_MAX,
      },
      ...aim(15),
      // The nearest that it has: the percentiles of either, to be compared by eye.
      plugIn: [percentiles(baseline), percentiles(incident)],
    },
  ];
}

function aim(aimSec: number): Pick<Question, 'aimSec'> {
  return { aimSec };
}

function rangeOf({ fromEpochNs, toEpochNs }: FilledTime): Asked['time'] {
  return [String(fromEpochNs), String(toEpochNs)];
}

interface Setting {
  readonly store: Store;
  readonly dir: string;
  readonly rounds: number;
  readonly filling: Filling;
}

async function rowOf(question: Question, setting: Setting): Promise<readonly string[]> {
  const { store, dir, rounds, filling } = setting;
  const asker = await startAsker(dir);
  const asked: Asked = {
    ...{ kind: question.kind, traceId: '', service: CAUSE, tracesMax: 1 },
    ...{ time: rangeOf(filling.all), baseline: rangeOf(filling.baseline) },
    ...question.asked,
  };
  const samples: Sample[] = [];
  let rssPeakBytes = 0;
  const serverCpuSec = (): number => cpuSecOf(store.serverPid ?? 0) ?? 0;
  try {
    for (let round = 0; round <= rounds; round++) {
      const before = serverCpuSec();
      const answered = await asker.ask(asked);
      const usedSec = serverCpuSec() - before;
      rssPeakBytes = answered.rssPeakBytes;
      if (question.kind === 'incident' && !answered.text.startsWith(`first cause: ${CAUSE}\n`)) {
        throw new Error(`the incident is laid to another service: ${answered.text}`);
      }
      const startMs = performance.now();
      for (const sql of question.plugIn) {
        // Read to the end, as the plug-in does; in the format that costs the server least.
        await store.connection.stream(`${sql} FORMAT Native`, {}, async (stream) => {
          let bytes = 0;
          for await (const chunk of stream) bytes += chunk.length;
          if (bytes === 0) throw new Error(`no answer to ${sql}`);
        });
      }
      if (round === 0) continue;
      samples.push({
        sec: answered.seconds,
        cpuSec: answered.cpuSec,
        serverSec: usedSec,
        plugInSec: (performance.now() - startMs) / 1_000,
        plugInServerSec: serverCpuSec() - before - usedSec,
      });
    }
  } finally {
    await asker.stop();
  }
  const { aimSec } = question;
  const p50 = (of: keyof Sample): number => median(samples.map((sample) => sample[of]));
  const isMet = p50('sec') <= (aimSec ?? Infinity) && rssPeakBytes <= RSS_AIM_BYTES;
  const hasPlugIn = question.plugIn.length > 0;
  return [
    question.name,
    millis(p50('sec')),
    millis(p50('cpuSec')),
    millis(p50('serverSec')),
    hasPlugIn ? millis(p50('plugInSec')) : 'has none',
    hasPlugIn ? millis(p50('plugInServerSec')) : '',
    (rssPeakBytes / 2 ** 20).toFixed(0),
    aimSec === undefined ? '' : millis(aimSec),
    aimSec === undefined ? '' : isMet ? 'yes' : 'no',
  ];
}

/** What one asking took, of either. */
interface Sample {
  readonly sec: number;
  readonly cpuSec: number;
  readonly serverSec: number;
  readonly plugInSec: number;
  readonly plugInServerSec: number;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function millis(seconds: number): string {
  return (seconds * 1_000).toFixed(0);
}
