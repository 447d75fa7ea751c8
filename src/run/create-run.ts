import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';

import {
  epochNowMs,
  msFromNs,
  processText,
  thisProcess,
  type Ms,
  type Ns,
  type RunPhase,
  type RunRecord,
  socketPathOf,
} from '../core/index.ts';
import type { Sink } from '../record/index.ts';
import type { Scenario } from '../scenario/index.ts';
import { newRunId } from '../trace/index.ts';
import { machineFacts } from './machine-facts.ts';

export interface CreateRunOptions {
  readonly runId: string;
  readonly scenario: Pick<Scenario, 'name' | 'seed' | 'source' | 'targets'>;
  readonly phases: readonly RunPhase[];
  /** Threads that send. */
  readonly workers: number;
  /** The plan as the store keeps it. */
  readonly plan: string;
  readonly startedEpochMs: Ms;
  readonly harnessVersion: string;
  /** What the run is held against, as a command line names it; absent for nothing. */
  readonly baseline?: string | undefined;
  readonly sink: Pick<Sink, 'writeRun'>;
}

/** Returns the id of a new run. */
export function mintRunId(): string {
  return newRunId(epochNowMs(), randomInt(2 ** 32));
}

/** So much of the time ahead is left at least when the store has taken the run. */
const LEFT_MS: Ms = 30;

/**
 * Returns the record of a run that `create` made, with its start so far ahead of now; 0 for a run
 * whose load has a start of its own. Where the store took so long that the sending threads would
 * hear of the start too late, and send at once what was due meanwhile, the start is set once more.
 */
export async function createRunAhead(
  aheadNs: Ns,
  create: (startedEpochMs: Ms) => Promise<RunRecord>,
  nowMs: () => Ms = epochNowMs,
): Promise<RunRecord> {
  const aheadMs = msFromNs(aheadNs);
  const askedMs = nowMs();
  const record = await create(askedMs + aheadMs);
  const tookMs = nowMs() - askedMs;
  if (aheadMs === 0 || tookMs <= aheadMs - LEFT_MS) return record;
  return create(nowMs() + tookMs + aheadMs);
}

/** Creates the run in the store, as one that is under way, and returns its record. */
export async function createRun(options: CreateRunOptions): Promise<RunRecord> {
  const { runId, scenario, phases, plan, startedEpochMs, harnessVersion, baseline, sink } = options;
  const record: RunRecord = {
    runId,
    scenario: scenario.name,
    startedEpochMs,
    endedEpochMs: 0,
    status: 'running',
    seed: scenario.seed,
    phases,
    source: scenario.source.text,
    plan,
    verdict: '',
    harnessVersion,
    environment: {
      ...machineFacts(),
      workers: String(options.workers),
      file: scenario.source.file,
      host: hostname(),
      process: processText(thisProcess()),
      ...(baseline !== undefined && { baseline }),
    },
    targets: Object.fromEntries(scenario.targets.map(({ name, url }) => [name, placeOf(url)])),
  };
  await sink.writeRun(record);
  return record;
}

/** Without the path of a url, which may hold a secret. */
function placeOf(url: string): string {
  const socketPath = socketPathOf(url);
  return socketPath === undefined ? new URL(url).origin : `unix:${socketPath}`;
}
