import {
  type Completion,
  LASTING,
  nsFromMs,
  type Clock,
  type FaultWindow,
  type Ms,
  type Ns,
} from '../core/index.ts';
import type { FaultAction } from './fault-plan.ts';
import { placeOf, type FaultSpec } from './fault.ts';
import { toxicAttributes } from '../toxics/index.ts';

/** What carries faults out: over proxies and processes. */
export interface FaultExecutor {
  /** Begins the fault. Resolves when it is active; rejects when it cannot begin. */
  begin(fault: FaultSpec): Promise<Completion>;
  /** Ends the fault. Resolves when it has ended. */
  end(fault: FaultSpec): Promise<Completion>;
  /**
   * The run is over: from now on `end` takes no longer than it must, and what was killed is not
   * started again. An `end` that waits for such a start resolves at once.
   */
  runOver(): void;
}

/** What hears of a plan under way. */
export interface FaultPlanEvents {
  /** An action failed; the plan goes no further. */
  failed(error: unknown): void;
  /** A window was skipped: the action before it on the same place lasted past its end. */
  skipped(fault: FaultSpec): void;
}

/** A plan under way. */
export interface RunningFaultPlan {
  /** Resolves when the faults of the whole run are on, or failed to be. */
  readonly begun: Promise<void>;
  /** Returns the windows so far, in the order of their beginnings; an open one ends at Infinity. */
  windows(): readonly FaultWindow[];
  /**
   * Ends every fault that is still active, without starting again what was killed, and returns all
   * windows, each of them closed. All are tried before the first failure is thrown; `windows` still
   * answers then.
   * @throws whatever the executor does
   */
  stop(): Promise<readonly FaultWindow[]>;
  /** Begins and ends nothing more. Active faults end when their place is closed. */
  cancel(): void;
}

/**
 * Carries out a plan on the clock of the run, and notes when each fault really began and ended.
 * Actions on one place run one after another; places do not wait for each other, since the restart
 * of a service takes time. A window that is over before its place is free is skipped.
 */
export function runFaultPlan(
  plan: readonly FaultAction[],
  executor: FaultExecutor,
  clock: Clock,
  events: FaultPlanEvents,
): RunningFaultPlan {
  const active = new Map<FaultSpec, FaultWindow>();
  const closed: FaultWindow[] = [];
  /**
   * In their order; undefined once one has begun or ended. Asked for by every call that is kept.
   */
  let ordered: readonly FaultWindow[] | undefined;
  // The run's windows begin with it: what was on before it is on from its start.
  const toRunNs = (atEpochMs: Ms): Ns => Math.max(0, nsFromMs(atEpochMs - clock.originEpochMs));
  let isOver = false;

  const add = async (fault: FaultSpec): Promise<void> => {
    const done = await executor.begin(fault);
    active.set(fault, openWindow(fault, done, toRunNs(done.atEpochMs)));
    ordered = undefined;
  };
  const remove = async (fault: FaultSpec): Promise<void> => {
    const window = active.get(fault);
    if (!window) return;
    const { atEpochMs, attributes } = await executor.end(fault);
    active.delete(fault);
    const toNs = Math.max(window.fromNs, toRunNs(atEpochMs));
    closed.push({ ...window, attributes: { ...window.attributes, ...attributes }, toNs });
    ordered = undefined;
  };
  const perform = async ({ action, fault, untilNs = Infinity }: FaultAction): Promise<void> => {
    if (isOver) return;
    if (action === 'remove') await remove(fault);
    else if (untilNs > clock.nowNs()) await add(fault);
    else events.skipped(fault);
  };

  const underWay = new Map<string, Promise<void>>();
  const queue = (action: FaultAction): Promise<void> => {
    const { placeKind, place } = placeOf(action.fault);
    const key = `${placeKind}/${place}`;
    const done = (underWay.get(key) ?? Promise.resolve())
      .then(() => perform(action))
      .catch((error: unknown) => {
        isOver = true;
        events.failed(error);
      });
    underWay.set(key, done);
    return done;
  };
  const atOnce = plan.filter(({ atNs }) => atNs === -Infinity);
  const begun = Promise.all(atOnce.map(queue)).then(() => undefined);
  const timers = plan
    .filter(({ atNs }) => atNs !== -Infinity)
    .map((action) => clock.after(action.atNs - clock.nowNs(), () => void queue(action)));
  const windows = (): readonly FaultWindow[] =>
    (ordered ??= [...closed, ...active.values()].sort((a, b) => a.fromNs - b.fromNs));
  const cancel = (): void => {
    isOver = true;
    for (const timer of timers) timer.cancel();
  };
  return {
    begun,
    windows,
    cancel,
    stop: async () => {
      cancel();
      executor.runOver();
      await Promise.all(underWay.values());
      const ends = await Promise.allSettled([...active.keys()].map(remove));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
      return windows();
    },
  };
}

function openWindow(fault: FaultSpec, { attributes }: Completion, fromNs: Ns): FaultWindow {
  return {
    fault: fault.name,
    ...placeOf(fault),
    attributes: { ...attributesOf(fault), ...attributes, ...(fault.during ? {} : LASTING) },
    fromNs,
    toNs: Infinity,
  };
}

function attributesOf(fault: FaultSpec): Readonly<Record<string, string>> {
  if (fault.toxic !== undefined) return toxicAttributes(fault.toxic);
  return fault.does.kind === 'kill' ? { signal: fault.does.signal } : {};
}
