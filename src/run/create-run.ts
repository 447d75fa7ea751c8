import { randomInt } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';

import {
  epochNowMs,
  processText,
  thisProcess,
  type Ms,
  type RunPhase,
  type RunRecord,
  socketPathOf,
} from '../core/index.ts';
import type { Sink } from '../record/index.ts';
import type { Scenario } from '../scenario/index.ts';
import { newRunId } from '../trace/index.ts';

export interface CreateRunOptions {
  readonly runId: string;
  readonly scenario: Pick<Scenario, 'name' | 'seed' | 'source' | 'targets'>;
  readonly phases: readonly RunPhase[];
  /** The plan as the store keeps it. */
  readonly plan: string;
  readonly startedEpochMs: Ms;
  readonly harnessVersion: string;
  readonly sink: Pick<Sink, 'writeRun'>;
}

/** Returns the id of a new run. */
export function mintRunId(): string {
  return newRunId(epochNowMs(), randomInt(2 ** 32));
}

/** Creates the run in the store, as one that is under way, and returns its record. */
export async function createRun(options: CreateRunOptions): Promise<RunRecord> {
  const { runId, scenario, phases, plan, startedEpochMs, harnessVersion, sink } = options;
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
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      cores: String(availableParallelism()),
      file: scenario.source.file,
      host: hostname(),
      process: processText(thisProcess()),
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
