import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pauseSec } from '../child-process.ts';
import { writeBodies } from '../exports/body-file.ts';
import { exportBodies } from '../exports/export-bodies.ts';
import { sendExports, type Sent } from '../exports/send-exports.ts';
import type { BenchOptions } from '../options.ts';
import { cpuSecOf } from '../process-cpu.ts';
import {
  LOOKUP_TABLE_NAME,
  receiversHere,
  SPAN_TABLE_NAME,
  type ReceiverUnderTest,
  type RunningReceiver,
} from '../receivers/index.ts';
import { type ClickHouseServer, startClickHouse } from '../servers/clickhouse.ts';
import { median } from '../statistics/sample-quantile.ts';
import { renderTable } from '../table.ts';

const SPANS = 200_000;
const QUICK_SPANS = 40_000;
/** Of a process that is warm: nobody starts a receiver for three seconds. */
const WARM_UP_SPANS = 40_000;
const SPANS_PER_REQUEST = [500, 2_000];
const CONNECTIONS = 8;
const ROUNDS = 3;
const READINGS = 12;
const STORED_WITHIN_SEC = 120;
const STORED_POLL_SEC = 0.05;
const MERGED_WITHIN_SEC = 20;
const MERGED_POLL_SEC = 0.5;
const BYTES_PER_MB = 1_000_000;
const NS_PER_MS = 1_000_000n;

/** What one receiver did with the spans of one round. */
interface Taken {
  readonly sent: Sent;
  /** From the first request to the last span in the table. */
  readonly storedSec: number;
  /** Spans acknowledged that are not in the table, and rows of spans that are there already. */
  readonly missing: number;
  readonly doubled: number;
  readonly cpuUsPerSpan: number;
  readonly clickHouseCpuUsPerSpan: number;
  readonly rssMaxMb: number;
  readonly spanBytes: number;
  readonly lookupBytes: number;
  readonly parts: number;
}

/**
 * Prints what taking spans over OTLP/HTTP into ClickHouse costs, with OpenTelemetry's Collector and
 * with ours, in turns (A B A B ...): both get the same bodies of one sender, and write into one
 * server. With `--seconds` it prints instead what each holds while it is sent to at full rate.
 */
export async function benchReceive(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const receivers = receiversHere(options.peers, say);
  const connections = options.connections?.[0] ?? CONNECTIONS;
  const server = await startClickHouse(scratch);
  const bench = new ReceiveBench(server, scratch, connections);
  try {
    say(`ClickHouse ${server.version}; ${connections} connections; nothing is pinned to a core`);
    if (options.seconds !== undefined) {
      for (const receiver of receivers) await bench.longRun(receiver, options.seconds, say);
      return;
    }
    const spans = options.spans ?? (options.quick ? QUICK_SPANS : SPANS);
    const rounds = options.rounds ?? (options.quick ? 1 : ROUNDS);
    for (const spansPerRequest of SPANS_PER_REQUEST) {
      const bodies = bench.prepare(spans, spansPerRequest);
      const taken = new Map<string, Taken[]>(receivers.map(({ name }) => [name, []]));
      for (let round = 0; round < rounds; round++) {
        for (const receiver of receivers) {
          taken.get(receiver.name)?.push(await bench.take(receiver, bodies));
        }
      }
      const size = (bodies.bytes / bodies.spans).toFixed(0);
      const title = `${bodies.spans} spans of ${size} B, ${spansPerRequest} a request`;
      say(`\n${title}; medians of ${rounds} rounds\n\n${tableOf(taken)}`);
    }
  } finally {
    await server.stop();
  }
}

/** Bodies in a file, and as many others to warm up with. */
interface Bodies {
  readonly file: string;
  readonly warmUpFile: string;
  readonly spans: number;
  readonly warmUpSpans: number;
  readonly bytes: number;
}

class ReceiveBench {
  readonly #server: ClickHouseServer;
  readonly #scratch: string;
  readonly #connections: number;
  #databases = 0;

  constructor(server: ClickHouseServer, scratch: string, connections: number) {
    this.#server = server;
    this.#scratch = scratch;
    this.#connections = connections;
  }

  prepare(spans: number, spansPerBody: number): Bodies {
    const file = join(this.#scratch, `bodies-${spansPerBody}`);
    const warmUpFile = `${file}-warm-up`;
    const startEpochNs = BigInt(Date.now()) * NS_PER_MS;
    const common = { spansPerBody, startEpochNs };
    const bodies = exportBodies({ ...common, spans, seed: 1 });
    writeBodies(file, bodies);
    const warmUp = exportBodies({ ...common, spans: Math.min(spans, WARM_UP_SPANS), seed: 2 });
    writeBodies(warmUpFile, warmUp);
    return {
      file,
      warmUpFile,
      spans: bodies.length * spansPerBody,
      warmUpSpans: warmUp.length * spansPerBody,
      bytes: bodies.reduce((sum, { bytes }) => sum + bytes.length, 0),
    };
  }

  async take(receiver: ReceiverUnderTest, bodies: Bodies): Promise<Taken> {
    return this.#started(receiver, async ({ url, pid }, database) => {
      const { pid: serverPid } = this.#server;
      const spec = { url, connections: this.#connections };
      await sendExports({ ...spec, file: bodies.warmUpFile });
      await this.#stored(database, bodies.warmUpSpans);
      const wanted = bodies.warmUpSpans + bodies.spans;
      const cpuSec = [cpuSecOf(pid), cpuSecOf(serverPid)];
      const sent = await sendExports({ ...spec, file: bodies.file });
      // Asked for no sooner: every question is a query to the server that is measured, too.
      const stored = await this.#stored(database, wanted);
      const usedSec = [cpuSecOf(pid), cpuSecOf(serverPid)].map((sec, i) =>
        sec === undefined ? Number.NaN : sec - (cpuSec[i] ?? Number.NaN),
      );
      const rssMaxMb = (statusField(pid, 'VmHWM') * 1_024) / BYTES_PER_MB;
      return {
        sent,
        storedSec: (stored.atEpochMs - sent.fromEpochMs) / 1_000,
        cpuUsPerSpan: ((usedSec[0] ?? Number.NaN) * 1e6) / bodies.spans,
        clickHouseCpuUsPerSpan: ((usedSec[1] ?? Number.NaN) * 1e6) / bodies.spans,
        rssMaxMb,
        ...(await this.#onDisk(database)),
        ...(await this.#rowsOf(database, wanted)),
      };
    });
  }

  /** Prints what it holds as time goes on. */
  async longRun(
    receiver: ReceiverUnderTest,
    seconds: number,
    say: (line: string) => void,
  ): Promise<void> {
    const bodies = this.prepare(WARM_UP_SPANS, SPANS_PER_REQUEST[0] ?? 500);
    await this.#started(receiver, async ({ url, pid }, database) => {
      const spec = { url, connections: this.#connections, file: bodies.file, seconds };
      const over = new AbortController();
      const sending = sendExports(spec).finally(() => over.abort());
      const rows: string[][] = [];
      const fromMs = performance.now();
      while (!over.signal.aborted) {
        await pauseSec(0.2);
        const atSec = (performance.now() - fromMs) / 1_000;
        if (rows.length === READINGS || atSec < (rows.length + 1) * (seconds / READINGS)) continue;
        const rssMb = (statusField(pid, 'VmRSS') * 1_024) / BYTES_PER_MB;
        rows.push([
          `after ${atSec.toFixed(0)} s`,
          rssMb.toFixed(0),
          String(await this.#count(database)),
        ]);
      }
      const sent = await sending;
      await this.#stored(database, sent.spans);
      const { missing, doubled } = await this.#rowsOf(database, sent.spans);
      say(`\n${renderTable([receiver.name, 'RSS MB', 'spans stored'], rows)}`);
      const perSec = (sent.spans * 1_000) / (sent.toEpochMs - sent.fromEpochMs);
      const facts = [
        `${sent.spans} spans acknowledged, ${perSec.toFixed(0)}/s`,
        `answers p50 ${sent.answerP50Ms.toFixed(0)} ms, p99 ${sent.answerP99Ms.toFixed(0)} ms`,
        `${sent.refusals} refusals`,
        `RSS at most ${((statusField(pid, 'VmHWM') * 1_024) / BYTES_PER_MB).toFixed(0)} MB`,
        `${missing} spans missing, ${doubled} rows double`,
      ];
      say(facts.join('; '));
    });
  }

  /** Runs the work on a receiver that has a database of its own, and drops that behind it. */
  async #started<T>(
    receiver: ReceiverUnderTest,
    work: (running: RunningReceiver, database: string) => Promise<T>,
  ): Promise<T> {
    const database = `bench_${receiver.name}_${this.#databases++}`;
    const scratch = join(this.#scratch, database);
    mkdirSync(scratch);
    await this.#server.rows(`CREATE DATABASE ${database}`);
    const running = await receiver.start({ server: this.#server, database, scratch });
    try {
      return await work(running, database);
    } finally {
      await running.stop();
      await this.#server.rows(`DROP DATABASE ${database} SYNC`);
    }
  }

  async #count(database: string): Promise<number> {
    const rows = await this.#server.rows(`SELECT count() FROM ${database}.${SPAN_TABLE_NAME}`);
    return Number(rows[0]?.[0]);
  }

  async #rowsOf(database: string, spans: number): Promise<Pick<Taken, 'missing' | 'doubled'>> {
    const table = `${database}.${SPAN_TABLE_NAME}`;
    const sql = `SELECT count(), uniqExact(TraceId, SpanId) FROM ${table}`;
    const [count = 0, different = 0] = ((await this.#server.rows(sql))[0] ?? []).map(Number);
    return { missing: spans - different, doubled: count - different };
  }

  /** Returns when a table had so many rows, or when it was not waited for any longer. */
  async #stored(database: string, spans: number): Promise<{ readonly atEpochMs: number }> {
    const untilMs = performance.now() + STORED_WITHIN_SEC * 1_000;
    for (;;) {
      const count = await this.#count(database);
      const atMs = performance.now();
      if (count >= spans || atMs >= untilMs) {
        return { atEpochMs: performance.timeOrigin + atMs };
      }
      await pauseSec(STORED_POLL_SEC);
    }
  }

  /** Returns what a span takes on disk once no parts are being merged. */
  async #onDisk(database: string): Promise<Pick<Taken, 'spanBytes' | 'lookupBytes' | 'parts'>> {
    const merges = `SELECT count() FROM system.merges WHERE database = '${database}'`;
    for (let waitedSec = 0, quiet = 0; waitedSec < MERGED_WITHIN_SEC && quiet < 4;) {
      quiet = Number((await this.#server.rows(merges))[0]?.[0]) === 0 ? quiet + 1 : 0;
      waitedSec += MERGED_POLL_SEC;
      await pauseSec(MERGED_POLL_SEC);
    }
    const rows = await this.#server.rows(
      `SELECT table, sum(bytes_on_disk), sum(rows), count() FROM system.parts
       WHERE database = '${database}' AND active GROUP BY table`,
    );
    const of = new Map(rows.map(([table, ...numbers]) => [table, numbers.map(Number)]));
    const [spanBytes = 0, spans = 0, parts = 0] = of.get(SPAN_TABLE_NAME) ?? [];
    const [lookupBytes = 0] = of.get(LOOKUP_TABLE_NAME) ?? [];
    return { spanBytes: spanBytes / spans, lookupBytes: lookupBytes / spans, parts };
  }
}

/** A row for each figure, a column for each receiver, and ours over the Collector's. */
function tableOf(taken: ReadonlyMap<string, readonly Taken[]>): string {
  const [base, ...others] = [...taken.values()];
  const last = others.at(-1);
  const figures: readonly (readonly [string, number, (round: Taken) => number])[] = [
    ['CPU us/span, receiver', 1, (round) => round.cpuUsPerSpan],
    ['CPU us/span, ClickHouse', 1, (round) => round.clickHouseCpuUsPerSpan],
    ['first request to last 200, s', 2, ({ sent }) => (sent.toEpochMs - sent.fromEpochMs) / 1_000],
    ['first request to last span stored, s', 2, (round) => round.storedSec],
    ['spans stored/s', 0, ({ sent, storedSec }) => sent.spans / storedSec],
    ['answer p50, ms', 0, ({ sent }) => sent.answerP50Ms],
    ['answer p99, ms', 0, ({ sent }) => sent.answerP99Ms],
    ['RSS at most, MB', 0, (round) => round.rssMaxMb],
    ['B/span on disk, spans', 1, (round) => round.spanBytes],
    ['B/span on disk, trace ids', 1, (round) => round.lookupBytes],
    ['parts of spans', 0, (round) => round.parts],
    ['requests refused for now', 0, ({ sent }) => sent.refusals],
    ['spans missing', 0, (round) => round.missing],
    ['rows double', 0, (round) => round.doubled],
  ];
  const rows = figures.map(([title, digits, of]) => {
    const values = [...taken.values()].map((rounds) => median(rounds.map(of)));
    const ratios = (last ?? []).map((round, i) => of(round) / of(base?.[i] ?? round));
    return [
      title,
      ...values.map((value) => value.toFixed(digits)),
      ...(last === undefined || values.includes(0) ? [] : [rangeText(ratios)]),
    ];
  });
  return renderTable(['', ...taken.keys(), ...(last ? ['ratio (range)'] : [])], rows);
}

function rangeText(ratios: readonly number[]): string {
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return `${median(ratios).toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}

/** Returns a number of /proc/PID/status, in KiB; NaN where there is none. */
function statusField(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(String.raw`^${name}:\s+(\d+)`, 'mu').exec(status)?.[1]);
}
