import { nsFromMs, type Clock, type FaultWindow, type Ms, type Ns } from '../core/index.ts';
import { toxicAttributes, type FaultAction, type FaultSpec } from '../faults/index.ts';
import type { ProxyHost } from './proxy-host.ts';

/** A plan under way. */
export interface RunningFaultPlan {
  /** Returns the windows so far, in the order of their beginnings; an open one ends at Infinity. */
  windows(): readonly FaultWindow[];
  /**
   * Takes off every toxic that is still on and returns all windows, each of them closed.
   * @throws PROXY_FAILED when a toxic is on and the proxies have died; `windows` still answers.
   */
  stop(): Promise<readonly FaultWindow[]>;
}

/**
 * Carries out a plan on the clock of the run, and notes when each fault really began and ended. An
 * action that fails is told to `onFailure`; the plan goes no further then.
 */
export function runFaultPlan(
  plan: readonly FaultAction[],
  host: Pick<ProxyHost, 'addToxic' | 'removeToxic'>,
  clock: Clock,
  onFailure: (error: unknown) => void,
): RunningFaultPlan {
  const active = new Map<FaultSpec, FaultWindow>();
  const closed: FaultWindow[] = [];
  const toRunNs = (atEpochMs: Ms): Ns => nsFromMs(atEpochMs - clock.originEpochMs);
  let isOver = false;

  const add = async (fault: FaultSpec): Promise<void> => {
    const { atEpochMs } = await host.addToxic(fault.proxy, { ...fault.toxic, name: fault.name });
    active.set(fault, openWindow(fault, toRunNs(atEpochMs)));
  };
  const remove = async (fault: FaultSpec): Promise<void> => {
    const window = active.get(fault);
    if (!window) return;
    const { atEpochMs } = await host.removeToxic(fault.proxy, fault.name);
    active.delete(fault);
    closed.push({ ...window, toNs: toRunNs(atEpochMs) });
  };
  const perform = async ({ action, fault }: FaultAction): Promise<void> => {
    if (isOver) return;
    await (action === 'add' ? add(fault) : remove(fault));
  };

  let underWay: Promise<void> = Promise.resolve();
  const queue = (action: FaultAction): void => {
    underWay = underWay
      .then(() => perform(action))
      .catch((error: unknown) => {
        isOver = true;
        onFailure(error);
      });
  };
  const timers = plan.map((action) =>
    clock.after(action.atNs - clock.nowNs(), () => queue(action)),
  );
  const windows = (): readonly FaultWindow[] =>
    [...closed, ...active.values()].sort((a, b) => a.fromNs - b.fromNs);
  return {
    windows,
    stop: async () => {
      isOver = true;
      for (const timer of timers) timer.cancel();
      await underWay;
      for (const fault of active.keys()) await remove(fault);
      return windows();
    },
  };
}

function openWindow(fault: FaultSpec, fromNs: Ns): FaultWindow {
  return {
    fault: fault.name,
    proxy: fault.proxy,
    toxic: fault.toxic.type,
    attributes: toxicAttributes(fault.toxic),
    fromNs,
    toNs: Infinity,
  };
}
