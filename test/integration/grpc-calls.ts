import { readFileSync } from 'node:fs';
import {
  NS_PER_SEC,
  type Ns,
  type Outcome,
  OUTCOMES,
  sleep,
  systemClock,
} from '../../src/core/index.ts';
import { grpcDriver, schemaOfProto } from '../../src/drivers/grpc/index.ts';
import { newSlot } from '../../src/engine/call-slot.ts';
import type { Driver, LiveCall } from '../../src/engine/index.ts';
import { Answer } from '../../src/flow/index.ts';
import { parseScenario, type Scenario } from '../../src/scenario/index.ts';
import { RunIds } from '../../src/trace/index.ts';
import { SHOP_PROTO } from './grpc-server.ts';

export interface GrpcCallsOptions {
  readonly url: string;
  /** The keys under `grpc` of the step, in YAML's flow form. */
  readonly grpc: string;
  /** Keys of the step beside it. */
  readonly step?: string;
  readonly target?: string;
  readonly calls?: number;
  /** Most at once. */
  readonly atOnce?: number;
  readonly answers?: boolean;
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Called once all calls are under way. */
  readonly whenStarted?: (driver: Driver) => unknown;
}

export interface GrpcCalls {
  readonly calls: readonly LiveCall[];
  readonly outcomes: Partial<Record<Outcome, number>>;
  readonly errors: readonly string[];
  /** Of each message that came: its time, -1 where it has none. */
  readonly tookNs: readonly Ns[];
  readonly sentMessages: number;
  /** The answers' JSON; undefined where none was kept. */
  readonly answers: readonly unknown[];
  readonly fields: readonly (readonly (readonly [string, string])[])[];
  readonly late: number;
  readonly reconnects: number;
}

/** Returns a scenario of one gRPC step. */
export function grpcScenario({ url, grpc, step = '', target = '' }: GrpcCallsOptions): Scenario {
  const text = `
name: grpc
targets: { shop: { url: "${url}", connections: 1, connectTimeout: 1s ${target} } }
flows: { one: [ { step: call, target: shop, grpc: { ${grpc} } ${step} } ] }
load: [ { phase: main, for: 1s, arrivals: { process: constant, rate: 1/s } } ]
`;
  return parseScenario(text, 'grpc.yaml');
}

/** Returns the schema of the server as its .proto file has it. */
export function shopSchema(): Readonly<Record<string, unknown>> {
  const file = { path: 'shop.proto', text: readFileSync(SHOP_PROTO, 'utf8') };
  return schemaOfProto({ reflection: false, proto: ['shop.proto'], importPaths: ['.'] }, [file]);
}

/** Makes calls with the real driver and nothing else of the engine; returns how each ended. */
export async function grpcCalls(options: GrpcCallsOptions): Promise<GrpcCalls> {
  const { calls: wanted = 1, atOnce = wanted } = options;
  const scenario = grpcScenario(options);
  const [target] = scenario.targets;
  const steps = scenario.flows.flatMap((flow) => flow.steps);
  if (target === undefined) throw new Error('a scenario has a target');
  const clock = systemClock();
  const calls: LiveCall[] = [];
  const tookNs: Ns[] = [];
  let [started, sentMessages, late, reconnects, refused] = [0, 0, 0, 0, 0];
  const allDone = Promise.withResolvers<void>();
  const startFree = (): void => {
    while (started < wanted && started - calls.length < atOnce && driver.hasFreeConnection()) {
      const call = newCall(started++);
      if (options.answers) call.answer = new Answer();
      driver.start(call);
    }
    driver.demand(wanted - started);
  };
  const driver = grpcDriver({
    target: { ...target, grpc: { reflection: true, schema: options.schema ?? shopSchema() } },
    steps,
    clock,
    ids: new RunIds('0123456789abcdef'),
    traced: true,
    events: {
      finished: (call) => {
        calls.push(call);
        if (calls.length === wanted) allDone.resolve();
        else queueMicrotask(startFree);
      },
      ready: () => queueMicrotask(startFree),
      unreachable: () => {
        // Calls under way may end all the same.
        if (++refused >= 3 && started === calls.length) allDone.resolve();
      },
      connected: (_took, again) => {
        if (again) reconnects++;
      },
      message: (_call, _atNs, took) => tookNs.push(took),
      messageSent: () => sentMessages++,
      lateResponse: () => late++,
    },
  });
  await driver.open();
  startFree();
  await options.whenStarted?.(driver);
  await Promise.race([allDone.promise, sleep(clock, 20 * NS_PER_SEC)]);
  await driver.close();
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of calls) {
    const name = OUTCOMES[outcome];
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  }
  return {
    calls,
    outcomes,
    errors: [...new Set(calls.map(({ error }) => error).filter((error) => error !== ''))],
    tookNs,
    sentMessages,
    answers: calls.map(({ answer }) => {
      const text = answer?.body.toString('utf8') ?? '';
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    }),
    fields: calls.map(({ answer }) => answer?.fields ?? []),
    late,
    reconnects,
  };
}

function newCall(seq: number): LiveCall {
  return Object.assign(newSlot(), { seq, spanSeq: seq });
}
