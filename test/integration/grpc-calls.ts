import { readFileSync } from 'node:fs';
import {
  NS_PER_SEC,
  type Ns,
  type Outcome,
  OUTCOMES,
  sleep,
  rngFrom,
  systemClock,
} from '../../src/core/index.ts';
import { grpcDriver, schemaOfProto } from '../../src/drivers/grpc/index.ts';
import { newSlot } from '../../src/engine/live-call.ts';
import type { Driver, DriverCall } from '../../src/engine/index.ts';
import { Answer } from '../../src/flow/index.ts';
import { asReachable, parseScenario, type Scenario } from '../../src/scenario/index.ts';
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
  /** Called with how many messages have come. */
  readonly onMessage?: (count: number) => void;
}

export interface GrpcCalls {
  readonly calls: readonly DriverCall[];
  readonly outcomes: Partial<Record<Outcome, number>>;
  readonly errors: readonly string[];
  /** Of each message that came: its time, -1 where it has none. */
  readonly tookNs: readonly Ns[];
  /** When it came. */
  readonly cameNs: readonly Ns[];
  readonly sentMessages: number;
  /** The answers' JSON; undefined where none was kept. */
  readonly answers: readonly unknown[];
  readonly fields: readonly (readonly (readonly [string, string])[])[];
  readonly late: number;
  readonly reconnects: number;
  /** How many calls were sent a second time. */
  readonly resent: number;
}

/** Returns a scenario of one gRPC step. */
export function grpcScenario({ url, grpc, step = '', target = '' }: GrpcCallsOptions): Scenario {
  const text = `
name: grpc
targets: { shop: { url: "${url}", connections: 1, connectTimeout: 60s ${target} } }
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
  const [target] = asReachable(scenario).targets;
  const steps = scenario.flows.flatMap((flow) => flow.steps);
  if (target === undefined) throw new Error('a scenario has a target');
  const clock = systemClock();
  const calls: DriverCall[] = [];
  const tookNs: Ns[] = [];
  const cameNs: Ns[] = [];
  let [started, sentMessages, late, reconnects, refused, resent] = [0, 0, 0, 0, 0, 0];
  const allDone = Promise.withResolvers<void>();
  const startFree = (): void => {
    while (started < wanted && started - calls.length < atOnce && driver.hasFreeConnection()) {
      driver.start(newCall(started++, options.answers ? new Answer() : undefined));
    }
    driver.demand(wanted - started);
  };
  const driver = grpcDriver({
    target: { ...target, grpc: { reflection: true, schema: options.schema ?? shopSchema() } },
    steps,
    clock,
    dialClock: clock,
    ids: new RunIds('0123456789abcdef'),
    rng: rngFrom(1, 'dialling'),
    propagate: ['w3c'],
    events: {
      finished: (call) => {
        calls.push(call);
        if (calls.length === wanted) allDone.resolve();
        else queueMicrotask(startFree);
      },
      ready: () => queueMicrotask(startFree),
      connectFailed: () => undefined,
      resent: () => resent++,
      unreachable: () => {
        // Calls under way may end all the same.
        if (++refused >= 3 && started === calls.length) allDone.resolve();
      },
      connected: (_took, again) => {
        if (again) reconnects++;
      },
      message: (_call, atNs, took) => {
        tookNs.push(took);
        const count = cameNs.push(atNs);
        options.onMessage?.(count);
      },
      messageSent: () => sentMessages++,
      lateResponse: () => late++,
    },
  });
  await driver.open();
  startFree();
  await options.whenStarted?.(driver);
  await Promise.race([allDone.promise, sleep(clock, 100 * NS_PER_SEC)]);
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
    cameNs,
    sentMessages,
    answers: calls.map(({ answer }) => {
      const text = answer?.body.toString('utf8') ?? '';
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    }),
    fields: calls.map(({ answer }) => answer?.fields ?? []),
    late,
    reconnects,
    resent,
  };
}

function newCall(seq: number, answer: Answer | undefined): DriverCall {
  return Object.assign(newSlot(), { seq, spanSeq: seq, answer });
}
