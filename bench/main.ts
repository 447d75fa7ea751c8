import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchChangePoints } from './benches/change-points.ts';
import { benchEngine } from './benches/engine.ts';
import { benchCompare } from './benches/compare.ts';
import { benchGate } from './benches/gate.ts';
import { benchGateLive } from './benches/gate-live.ts';
import { benchGrpc } from './benches/grpc.ts';
import { benchHttp2 } from './benches/http2.ts';
import { benchFlow } from './benches/flow.ts';
import { benchHonesty } from './benches/honesty.ts';
import { benchIncident } from './benches/incident.ts';
import { benchIncidentShop } from './benches/incident-shop.ts';
import { benchInvalid } from './benches/invalid.ts';
import { benchJudged } from './benches/judged.ts';
import { benchMemory } from './benches/memory.ts';
import { benchPolicy } from './benches/policy.ts';
import { benchPrecision } from './benches/precision.ts';
import { benchProxy } from './benches/proxy.ts';
import { benchQuestions } from './benches/questions.ts';
import { benchReceive } from './benches/receive.ts';
import { benchSoak } from './benches/soak.ts';
import { benchStart } from './benches/start.ts';
import { benchSpans } from './benches/spans.ts';
import { benchStatistics } from './benches/statistics.ts';
import { benchStore } from './benches/store.ts';
import { benchWorkers } from './benches/workers.ts';
import { killAll } from './child-process.ts';
import { machineFacts } from './machine-facts.ts';
import { type BenchName, type BenchOptions, parseOptions } from './options.ts';

/** `npm run bench -- NAME`: measures callgauge itself, beside the tools that the machine has. */
type Bench = (options: BenchOptions, scratch: string, say: (line: string) => void) => Promise<void>;

const BENCH_OF: Readonly<Record<BenchName, Bench>> = {
  engine: benchEngine,
  http2: benchHttp2,
  grpc: benchGrpc,
  workers: benchWorkers,
  flow: benchFlow,
  honesty: benchHonesty,
  policy: benchPolicy,
  precision: benchPrecision,
  memory: benchMemory,
  invalid: benchInvalid,
  proxy: benchProxy,
  statistics: benchStatistics,
  spans: benchSpans,
  soak: benchSoak,
  start: benchStart,
  incident: benchIncident,
  receive: benchReceive,
  store: benchStore,
  questions: benchQuestions,
  'incident-shop': benchIncidentShop,
  'change-points': benchChangePoints,
  compare: benchCompare,
  gate: benchGate,
  judged: benchJudged,
  'gate-live': benchGateLive,
};

const scratch = mkdtempSync(join(tmpdir(), 'callgauge-bench-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clear();
    process.exit(130);
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  console.log(`bench ${options.bench}${options.quick ? ' --quick: rough figures' : ''}`);
  console.log(machineFacts());
  await BENCH_OF[options.bench](options, scratch, (line) => console.log(line));
} catch (error) {
  console.error(reasons(error).join('\n  because '));
  process.exitCode = 1;
} finally {
  clear();
}

function clear(): void {
  killAll();
  rmSync(scratch, { recursive: true, force: true });
}

function reasons(error: unknown): string[] {
  return error instanceof Error
    ? [error.message, ...(error.cause === undefined ? [] : reasons(error.cause))]
    : [String(error)];
}
