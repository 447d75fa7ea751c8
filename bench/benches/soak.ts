import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pauseSec } from '../child-process.ts';
import type { BenchOptions } from '../options.ts';
import { startAnsweringServer } from '../servers/answering-server.ts';
import { freePort } from '../servers/free-port.ts';
import { renderTable } from '../table.ts';
import { openStore } from '../../src/store/index.ts';

const RATE_PER_SEC = 5_000;
const HOUR_SEC = 3_600;
const QUICK_SEC = 60;
/** The store is killed so often in an hour, and in a shorter run as often as it is restarted. */
const STORE_DEATHS_MAX = 6;
const STORE_LIFE_MIN_SEC = 150;
const READINGS = 12;
/** Spans of services come so often, and so many at once. */
const BATCH_EVERY_SEC = 0.1;
const BATCH_SPANS = 20;
const BYTES_PER_MB = 1_000_000;
const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

/** What a process holds at one time. */
interface Holding {
  readonly atSec: number;
  readonly rssMb: number;
  readonly descriptors: number;
  readonly threads: number;
}

/**
 * Prints whether a long run with toxics and spans, whose store is killed now and then, holds no
 * more at its end than at its begin, and whether its numbers add up.
 */
export async function benchSoak(
  options: BenchOptions,
  scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const seconds = options.seconds ?? (options.quick ? QUICK_SEC : HOUR_SEC);
  const server = await startAnsweringServer(scratch, 0, 2 * seconds + HOUR_SEC);
  const receiverPort = await freePort();
  const storeDir = join(scratch, 'soak-store');
  const scenario = join(scratch, 'soak.yaml');
  writeFileSync(scenario, scenarioText(new URL(server.url).host, seconds));
  const before = await server.requests();
  const receive = ['--receive', String(receiverPort)];
  const run = spawn(
    process.execPath,
    [MAIN, 'run', scenario, '--json', '--dir', storeDir, ...receive],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const output = text(run.stdout);
    const exited = once(run, 'exit');
    const exporter = new Exporter(`http://127.0.0.1:${receiverPort}/v1/traces`);
    const exporting = exporter.run(() => !isRunning(run));
    const readings = await watch(run, storeDir, seconds);
    await exited;
    await exporting;
    say(readingsTable(readings.run, 'callgauge'));
    say(readingsTable(readings.store, 'the store'));
    say(`the store was killed ${readings.deaths} times; exit code ${run.exitCode}\n`);
    const made = (await server.requests()) - before;
    say(await sums(JSON.parse(await output) as Report, { made, exporter, storeDir }));
  } finally {
    run.kill('SIGINT');
    await server.stop();
  }
}

function scenarioText(upstream: string, seconds: number): string {
  const toxic = (name: string, spec: string, from: number): string =>
    `  - { name: ${name}, proxy: server, toxic: ${spec}, during: { phase: steady, from: ${from}s, for: 2s, every: 20s } }`;
  return `name: soak
proxies:
  server: { upstream: "${upstream}", protocol: http }
targets:
  server: { url: "\${proxies.server.url}", connections: 256 }
flows:
  look:
    - { step: home, target: server, timeout: 1s, http: { path: / } }
load:
  - phase: steady
    arrivals: { process: poisson, rate: ${RATE_PER_SEC}/s }
    for: ${seconds}s
faults:
${toxic('slow', '{ type: latency, latency: 20ms, jitter: 5ms }', 5)}
${toxic('broken', '{ type: http_abort, status: 503, toxicity: 10% }', 10)}
${toxic('narrow', '{ type: bandwidth, rate: 5MB/s }', 15)}
trace: { keep: { head: 1%, errors: all, slow: 1% } }
`;
}

/** Reads what the run and its store hold, and kills the store now and then, until the run ends. */
async function watch(
  run: ChildProcess,
  storeDir: string,
  seconds: number,
): Promise<{ run: Holding[]; store: Holding[]; deaths: number }> {
  const readings = { run: [] as Holding[], store: [] as Holding[], deaths: 0 };
  const deathsWanted = Math.min(STORE_DEATHS_MAX, Math.ceil(seconds / STORE_LIFE_MIN_SEC));
  const startedAt = performance.now();
  const atSec = (): number => (performance.now() - startedAt) / 1_000;
  while (isRunning(run)) {
    await pauseSec(1);
    const storePid = storePidOf(storeDir);
    if (atSec() >= (readings.run.length + 0.5) * (seconds / READINGS)) {
      pushHolding(readings.run, run.pid, atSec());
      pushHolding(readings.store, storePid, atSec());
    }
    const nextDeathSec = (readings.deaths + 0.7) * (seconds / deathsWanted);
    if (storePid === undefined || atSec() < nextDeathSec || readings.deaths >= deathsWanted) {
      continue;
    }
    try {
      process.kill(storePid, 'SIGKILL');
      readings.deaths++;
    } catch {
      // It is gone, and its record stands for the one that is being started.
    }
  }
  return readings;
}

function storePidOf(storeDir: string): number | undefined {
  try {
    const record = readFileSync(join(storeDir, 'store.json'), 'utf8');
    return (JSON.parse(record) as { readonly pid: number }).pid;
  } catch {
    // It starts, or has just been killed.
    return undefined;
  }
}

function pushHolding(holdings: Holding[], pid: number | undefined, atSec: number): void {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): number =>
      Number(new RegExp(String.raw`^${name}:\s+(\d+)`, 'mu').exec(status)?.[1]);
    holdings.push({
      atSec,
      rssMb: (field('VmRSS') * 1_024) / BYTES_PER_MB,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      threads: field('Threads'),
    });
  } catch {
    // It is gone.
  }
}

function readingsTable(holdings: readonly Holding[], name: string): string {
  return `${renderTable(
    [name, 'RSS MB', 'descriptors', 'threads'],
    holdings.map(({ atSec, rssMb, descriptors, threads }) => [
      `after ${atSec.toFixed(0)} s`,
      rssMb.toFixed(1),
      String(descriptors),
      String(threads),
    ]),
  )}\n`;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Sends spans as a service does, and sends again what was not acknowledged. */
class Exporter {
  acknowledged = 0;
  /** Answers that were no 200, and requests without one. */
  refused = 0;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async run(isOver: () => boolean): Promise<void> {
    let body = batch();
    while (!isOver()) {
      await pauseSec(BATCH_EVERY_SEC);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(this.#url, { method: 'POST', headers, body }).catch(
        () => undefined,
      );
      await answer?.arrayBuffer().catch(() => undefined);
      if (answer?.status === 200) {
        this.acknowledged += BATCH_SPANS;
        body = batch();
      } else if (!isOver()) {
        this.refused++;
        await pauseSec(1);
      }
    }
  }
}

function batch(): string {
  const startTimeUnixNano = `${Date.now()}000000`;
  const spans = Array.from({ length: BATCH_SPANS }, () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'work',
    kind: 2,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
  }));
  const attributes = [{ key: 'service.name', value: { stringValue: 'soaked' } }];
  return JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] });
}

/** Of the report as JSON: what is summed up. */
interface Report {
  readonly metadata: { readonly runId: string };
  readonly results: {
    readonly counters: Readonly<Record<string, number>>;
    readonly steps: readonly {
      readonly overall: { readonly outcomes: Readonly<Record<string, number>> };
    }[];
  };
}

interface Outside {
  /** Requests that the server counted. */
  readonly made: number;
  readonly exporter: Exporter;
  readonly storeDir: string;
}

async function sums(report: Report, { made, exporter, storeDir }: Outside): Promise<string> {
  const { counters, steps } = report.results;
  const outcomes = steps[0]?.overall.outcomes ?? {};
  const calls = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const store = await openStore({ dir: storeDir });
  try {
    const [spans] = await store.connection.select<Record<'own' | 'soaked' | 'doubled', string>>(
      `SELECT toString(countIf(ServiceName = 'callgauge')) AS own,
         toString(uniqExactIf(SpanId, ServiceName = 'soaked')) AS soaked,
         toString(count() - uniqExact(TraceId, SpanId)) AS doubled
       FROM otel_traces`,
      {},
    );
    const rows = [
      ['arrivals', counters['arrivals']],
      ['calls, by outcome', calls],
      ...Object.entries(outcomes).map(([name, count]) => [`  ${name}`, count]),
      ['requests that the server counted', made],
      ['spans of services, acknowledged', exporter.acknowledged],
      ['  in the store', spans?.soaked],
      ['  requests not acknowledged, and sent again', exporter.refused],
      ['spans of callgauge in the store', spans?.own],
      ['spans that callgauge could not keep', counters['droppedSpans']],
      ['rows that are in the store twice', spans?.doubled],
    ];
    return renderTable(
      ['what', 'count'],
      rows.map(([what, count]) => [String(what), String(count)]),
    );
  } finally {
    await store.close();
  }
}
