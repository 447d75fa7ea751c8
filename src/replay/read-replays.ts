import { formatDuration, HarnessError, NS_PER_MS, type Ns } from '../core/index.ts';
import {
  usesReplayedRequest,
  type PhaseSpec,
  type ReadyPhase,
  type ReadyReplayPhase,
  type ReplayFileSpec,
  type ReplayPhaseSpec,
  type ReplayRunSpec,
  type Scenario,
} from '../scenario/index.ts';
import type { ArrivalList } from './arrival-list.ts';

/** Where recorded lists come from. */
export interface ReplaySources {
  /** @param wantsRequest whether every arrival must say what it called */
  readFile(source: ReplayFileSpec, wantsRequest: boolean): Promise<ArrivalList>;
  readRun(source: ReplayRunSpec): Promise<ArrivalList>;
}

/** Times of a run are exact as numbers up to 104 days. */
const DURATION_NS_MAX: Ns = 100 * 24 * 3_600_000 * NS_PER_MS;

/**
 * Returns the load of a scenario with the lists of its replays read, and so with the durations of
 * those phases: up to the whole millisecond after the last arrival, or to the phase's `for`.
 * @throws whatever the sources throw; REPLAY_UNREADABLE for a list that takes longer than a run
 *   may.
 */
export async function readReplays(
  { load, flows }: Pick<Scenario, 'load' | 'flows'>,
  sources: ReplaySources,
): Promise<readonly ReadyPhase[]> {
  const ready: ReadyPhase[] = [];
  for (const phase of load) {
    if (phase.replay === undefined) {
      ready.push(phase);
      continue;
    }
    const { source } = phase.replay;
    const wantsRequest = usesRequests(phase, flows);
    const list =
      source.run === undefined
        ? await sources.readFile(source, wantsRequest)
        : await sources.readRun(source);
    ready.push(withArrivals(phase, list, wantsRequest));
  }
  return Object.freeze(ready);
}

/** Returns the load with the lists read that are files. Phases that replay a run last 0 ns. */
export async function readReplayFiles(
  { load, flows }: Pick<Scenario, 'load' | 'flows'>,
  readFile: ReplaySources['readFile'],
): Promise<readonly PhaseSpec[]> {
  const read: PhaseSpec[] = [];
  for (const phase of load) {
    const source = phase.replay?.source;
    if (phase.replay === undefined || source?.file === undefined) {
      read.push(phase);
      continue;
    }
    const wantsRequest = usesRequests(phase, flows);
    read.push(withArrivals(phase, await readFile(source, wantsRequest), wantsRequest));
  }
  return Object.freeze(read);
}

function usesRequests(phase: ReplayPhaseSpec, flows: Scenario['flows']): boolean {
  return flows.some((flow) => flow.name === phase.flow && usesReplayedRequest(flow));
}

function withArrivals(
  phase: ReplayPhaseSpec,
  list: ArrivalList,
  wantsRequest: boolean,
): ReadyReplayPhase {
  const { speed, durationNsMax } = phase.replay;
  const lastNs = Math.round((list.offsetsNs.at(-1) ?? 0) / speed);
  const listNs = (Math.floor(lastNs / NS_PER_MS) + 1) * NS_PER_MS;
  const durationNs = Math.min(listNs, durationNsMax);
  if (durationNs > DURATION_NS_MAX) {
    throw new HarnessError(
      'REPLAY_UNREADABLE',
      `the list of phase ${phase.name} must last 100 days at most, got ${formatDuration(listNs)}`,
      { hint: 'Add for to the phase, or raise its speed.' },
    );
  }
  const { offsetsNs, requests } = list;
  if (requests === undefined && wantsRequest) {
    throw new HarnessError(
      'REPLAY_UNREADABLE',
      `the list of phase ${phase.name} says of no arrival what it called, and its flow uses it`,
      { hint: 'Replay an access log, or lines with a method and a path; or write a path.' },
    );
  }
  return Object.freeze({
    ...phase,
    durationNs,
    replay: Object.freeze({
      ...phase.replay,
      offsetsNs,
      requests: requests && Object.freeze(requests),
    }),
  });
}
