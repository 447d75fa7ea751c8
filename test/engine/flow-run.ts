import { type Ns, NS_PER_MS } from '../../src/core/index.ts';
import type { LiveCall } from '../../src/engine/index.ts';
import type { Hook } from '../../src/flow/index.ts';
import { flowScenario, type FlowScenario } from './flow-scenario.ts';
import type { Answer } from '../../src/simulate/index.ts';
import { TestRun, type TestRunOptions } from './test-run.ts';

export const MS = NS_PER_MS;
/** A load of one arrival. */
export const ONE = '[{ phase: p, arrivals: { process: constant, rate: 1/s }, for: 1s }]';

/** A step, as an entry of a flow. */
export const step = (name: string, keys = '', target = 'a'): string =>
  `- { step: ${name}, target: ${target}, http: { path: /${name} }${keys} }\n`;

export interface Sent {
  readonly path: string;
  readonly seq: number;
  readonly intendedNs: Ns;
  readonly sentNs: Ns;
}

export interface FlowRun {
  readonly run: TestRun;
  /** In the order in which they were sent. */
  readonly sent: Sent[];
}

/** A run of a flow whose calls take `answer`, 10 ms and no body where it is not given. */
export function runOf(
  scenario: FlowScenario,
  answer: (
    call: LiveCall,
    path: string,
  ) => Partial<Answer> & { readonly tookMs?: number } = () => ({}),
  options: TestRunOptions = {},
): FlowRun {
  const sent: Sent[] = [];
  const parsed = flowScenario(scenario);
  const steps = parsed.flows.flatMap((flow) => flow.steps);
  const run = new TestRun({
    ...options,
    scenario: parsed,
    answer: (call, sentNs) => {
      const path = call.request?.path ?? steps[call.stepIndex]?.call.request.path ?? '';
      sent.push({ path, seq: call.seq, intendedNs: call.intendedNs, sentNs });
      const { tookMs = 10, ...given } = answer(call, path);
      return { ...given, atNs: sentNs + tookMs * MS };
    },
  });
  return { run, sent };
}

/** Returns what each call asked for. */
export const paths = ({ sent }: FlowRun): string[] => sent.map(({ path }) => path);
/** Returns when each call was sent, in ms. */
export const sentMs = ({ sent }: FlowRun): number[] => sent.map(({ sentNs }) => sentNs / MS);
/** Returns the option of a run with these hooks. */
export const hooks = (functions: Readonly<Record<string, Hook>>): TestRunOptions => ({
  hooks: new Map(Object.entries(functions)),
});

/** Lets promises that are settled be heard of. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
