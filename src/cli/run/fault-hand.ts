import { epochNowMs, invariant } from '../../core/index.ts';
import type { FaultDone, FaultHand, FaultSpec } from '../../faults/index.ts';
import type { ProcessDone, Services } from '../../processes/index.ts';
import type { ProxyHost } from '../../proxy/index.ts';

/** What faults act on. */
export interface FaultPlaces {
  readonly proxies: Pick<ProxyHost, 'addToxic' | 'removeToxic'> | undefined;
  readonly services: Pick<Services, 'pause' | 'resume' | 'kill' | 'restart'> | undefined;
}

/** Returns what carries out the faults of a scenario: toxics on its proxies, signals to processes. */
export function faultHand({ proxies, services }: FaultPlaces): FaultHand {
  return {
    begin: (fault) => {
      if (fault.toxic !== undefined) {
        invariant(proxies, 'a fault in a proxy has proxies');
        return proxies.addToxic(fault.proxy, { ...fault.toxic, name: fault.name });
      }
      const { process, does } = fault;
      invariant(services, 'a fault of a process has a guardian');
      return does.kind === 'pause' ? services.pause(process) : services.kill(process, does.signal);
    },
    end: (fault) => {
      if (fault.toxic === undefined) return endOfProcessFault(fault, services);
      invariant(proxies, 'a fault in a proxy has proxies');
      return proxies.removeToxic(fault.proxy, fault.name);
    },
  };
}

/** What was killed and is no service of the run has nobody here to start it again. */
async function endOfProcessFault(
  { process, does }: Extract<FaultSpec, { process: object }>,
  services: FaultPlaces['services'],
): Promise<FaultDone> {
  invariant(services, 'a fault of a process has a guardian');
  if (does.kind === 'pause') return services.resume(process);
  if (process.service === undefined) return { atEpochMs: epochNowMs() };
  const orderedMs = epochNowMs();
  const done: ProcessDone = await services.restart(process.service);
  const startUpNs = Math.round((done.atEpochMs - orderedMs) * 1e6);
  return { ...done, attributes: { startUpNs: String(startUpNs) } };
}
