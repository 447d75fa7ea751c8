import { formatDuration, HarnessError, NS_PER_MS, type Ns } from '../core/index.ts';
import {
  usesReplayedRequest,
  type PhaseSpec,
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
  /** Left out where there is no store: phases that replay a run then stay unread, and last 0 ns. */
  readRun?(source: ReplayRunSpec): Promise<ArrivalList>;
}

/** Times of a run are exact as numbers up to 104 days. */
const DURATION_NS_MAX: Ns = 100 * 24 * 3_600_000 * NS_PER_MS;

/**
 * Returns the scenario with the lists of its replays read, and so with the durations of those
 * phases: up to the whole millisecond after the last arrival, or to the phase's `for`.
 * @throws whatever the sources throw; REPLAY_UNREADABLE for a list that takes longer than a run may.
 */
export async function fillReplays(scenario: Scenario, sources: ReplaySources): Promise<Scenario> {
  const load: PhaseSpec[] = [];
  for (const phase of scenario.load) {
    load.push(phase.replay ? await filled(phase, scenario, sources) : phase);
  }
  return Object.freeze({ ...scenario, load: Object.freeze(load) });
}

async function filled(
  phase: ReplayPhaseSpec,
  { flows }: Scenario,
  sources: ReplaySources,
): Promise<ReplayPhaseSpec> {
  const { source, speed, durationNsMax } = phase.replay;
  const wantsRequest = flows.some((flow) => flow.name === phase.flow && usesReplayedRequest(flow));
  const list =
    source.run === undefined
      ? await sources.readFile(source, wantsRequest)
      : await sources.readRun?.(source);
  if (list === undefined) return phase;
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
