import { HarnessError } from '../core/index.ts';
import type { Scenario } from '../scenario/index.ts';
import { isReadReplay, scheduleOf } from '../schedule/index.ts';
import { ArrivalListBuilder, type ArrivalList } from './arrival-list.ts';

/**
 * Returns the arrivals of a run that was stored, out of its plan alone: its load and seed give the
 * same schedule again. Open phases come one after another, warm-ups too; the time of closed ones is
 * left out.
 *
 *     stored     │ open ' '' ' │ users            │ open '  '   ' │
 *     replayed   │ ' '' ' │'  '   ' │
 *
 * @throws REPLAY_UNREADABLE where it has no open phase, was a search for capacity, whose probes its
 * plan does not name, or itself replayed a list from elsewhere, which the store does not hold.
 */
export function arrivalsOfRun(runId: string, plan: Pick<Scenario, 'seed' | 'load'>): ArrivalList {
  const foreign = plan.load.find((phase) => phase.replay && !isReadReplay(phase.replay));
  if (foreign) {
    throw new HarnessError(
      'REPLAY_UNREADABLE',
      `run ${runId} cannot be replayed: its phase ${foreign.name} was itself a replay, whose list the store does not hold`,
      { hint: 'Replay what that phase replayed: its file, or the run before it.' },
    );
  }
  const search = plan.load.find((phase) => phase.capacity);
  if (search) {
    throw new HarnessError(
      'REPLAY_UNREADABLE',
      `run ${runId} cannot be replayed: its phase ${search.name} was a search for capacity, whose probes were decided while it ran`,
      { hint: `Give one of its rates to arrivals: callgauge report ${runId} names them.` },
    );
  }
  const schedule = scheduleOf(plan);
  let closedNs = 0;
  const shiftsNs = schedule.phases.map(({ model, fromNs, toNs }) => {
    const shiftNs = closedNs;
    if (model === 'closed') closedNs += toNs - fromNs;
    return shiftNs;
  });
  const list = new ArrivalListBuilder(`run ${runId}`);
  const cursor = schedule.cursor();
  while (cursor.advance()) {
    list.addOffset(cursor.intendedNs - (shiftsNs[cursor.phaseIndex] ?? 0));
  }
  if (list.count > 0) return list.build();
  throw new HarnessError('REPLAY_UNREADABLE', `run ${runId} has no arrivals to replay`, {
    hint: 'Name a run with an open phase: the calls of users depend on the answers they got.',
  });
}
