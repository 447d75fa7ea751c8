import { type Completion, epochNowMs, HarnessError, invariant } from '../core/index.ts';
import type { FaultExecutor, FaultSpec } from '../faults/index.ts';
import type { Services } from '../processes/index.ts';
import type { ProxyHost } from '../proxy/index.ts';

/** What faults act on. */
export interface FaultTargets {
  readonly proxies: Pick<ProxyHost, 'addToxic' | 'removeToxic'> | undefined;
  readonly services:
    | Pick<Services, 'pause' | 'resume' | 'kill' | 'restart' | 'endRestarts'>
    | undefined;
}

/**
 * Returns what carries out the faults of a scenario: toxics on its proxies, signals to processes.
 */
export function faultExecutor({ proxies, services }: FaultTargets): FaultExecutor {
  let isOver = false;
  return {
    begin: async (fault) => {
      if (fault.toxic !== undefined) {
        invariant(proxies, 'a fault in a proxy has proxies');
        return proxies.addToxic(fault.proxy, { ...fault.toxic, name: fault.name });
      }
      const { process, does } = fault;
      invariant(services, 'a fault of a process has a guardian');
      return named(
        fault,
        does.kind === 'pause' ? services.pause(process) : services.kill(process, does.signal),
      );
    },
    end: async (fault) => {
      if (fault.toxic === undefined) {
        return named(
          fault,
          endOfProcessFault(fault, services, () => isOver),
        );
      }
      invariant(proxies, 'a fault in a proxy has proxies');
      return proxies.removeToxic(fault.proxy, fault.name);
    },
    runOver: () => {
      isOver = true;
      services?.endRestarts();
    },
  };
}

/** Says of which fault an error is. */
async function named<T>({ name }: FaultSpec, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    const { code, message, hint } = error;
    throw new HarnessError(code, `fault ${name}: ${message}`, { hint, cause: error });
  }
}

/** What was killed and is no service of the run has nobody here to start it again. */
async function endOfProcessFault(
  { process, does }: Extract<FaultSpec, { process: object }>,
  services: FaultTargets['services'],
  isOver: () => boolean,
): Promise<Completion> {
  invariant(services, 'a fault of a process has a guardian');
  if (does.kind === 'pause') return services.resume(process);
  if (process.service === undefined || isOver()) return { atEpochMs: epochNowMs() };
  const orderedMs = epochNowMs();
  const done: Completion = await services.restart(process.service);
  // It was not awaited to the end.
  if (isOver()) return done;
  const startUpNs = Math.round((done.atEpochMs - orderedMs) * 1e6);
  return { ...done, attributes: { startUpNs: String(startUpNs) } };
}
