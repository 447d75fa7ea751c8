import { formatDuration } from '../core/index.ts';
import { scheduleOf } from '../schedule/index.ts';
import { startSender, type CallsBesideLoad } from '../sender/index.ts';
import { JudgedLoad } from './judged-load.ts';
import type { Segment } from './run-observer.ts';
import {
  onAbort,
  START_AHEAD_NS,
  STOP_GRACE_NS,
  type BegunRun,
  type FinishedLoad,
  type SendingParts,
} from './sending.ts';

/**
 * Sends the load of a scenario that has no search for capacity. Resolves when the last call is
 * over, also after a request to stop.
 * @throws INTERRUPTED for a request to stop before the load began; SETUP_FAILED, ENGINE_FAILED; the
 *   reason of `abandon`
 */
export async function sendLoad(parts: SendingParts): Promise<FinishedLoad> {
  const { scenario, runId, threads, holds, observer, judge, stop, abandon } = parts;
  const segment: Segment = { scenario, schedule: scheduleOf(scenario) };
  const ending = AbortSignal.any([stop, abandon]);
  const judged = new JudgedLoad({
    judge,
    schedule: segment.schedule,
    endAt: ({ atNs, plannedNs, reason }) => {
      if (atNs !== plannedNs) {
        observer.note(`the load ends at ${formatDuration(atNs)}: ${reason}`);
      }
      sender.endLoad(atNs);
    },
    broke: () => sender.stop(0),
  });
  let begun: BegunRun | undefined;
  /** Of the setup: the run is there to be told once it is made. */
  const early: CallsBesideLoad[] = [];
  const sender = await startSender({
    scenario,
    runId,
    threads,
    holds,
    signal: ending,
    onNotice: (text) => observer.note(text),
    onBesideLoad: (calls) => {
      if (begun === undefined) early.push(calls);
      else begun.recording.addBesideLoad(calls);
    },
    // A fault that cannot be ended fails the run, and not its teardown.
    beforeTeardown: async () => {
      if (!abandon.aborted) await begun?.endFaults().catch(() => undefined);
    },
    onSlice: (slice) => {
      // A sender that is stopped before it began hands out the second that it never had.
      if (!begun || abandon.aborted) return;
      begun.recording.add(slice);
      observer.second({ slice, segment, activeFaults: begun.recording.activeFaults() });
      judged.second(slice, begun.clock);
    },
  });
  const listeners: (() => void)[] = [];
  try {
    ending.throwIfAborted();
    begun = await parts.begin(START_AHEAD_NS);
    for (const calls of early) begun.recording.addBesideLoad(calls);
    listeners.push(
      onAbort(abandon, () => sender.stop(0)),
      onAbort(stop, () => {
        observer.note('calls under way may finish, results are kept');
        sender.stop(STOP_GRACE_NS);
      }),
    );
    sender.begin(begun.startedEpochMs);
    const result = await sender.ended;
    abandon.throwIfAborted();
    return { begun, sent: judged.sent(result) };
  } catch (error) {
    sender.stop(0);
    // It ends for the reason that is thrown here.
    await sender.ended.catch(() => undefined);
    throw error;
  } finally {
    for (const leaveOff of listeners) leaveOff();
  }
}
