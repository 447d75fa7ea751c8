import { HarnessError } from '../../core/index.ts';
import { foreignProcess } from '../../processes/foreign-processes.ts';
import type { Scenario } from '../../scenario/index.ts';

/**
 * Sees that every process that a fault names by its id is there and may be acted on. `storePid` is
 * the local store's server, which a run needs; undefined where there is none, or it is not known
 * yet.
 * @throws PROCESS_UNUSABLE with the fault and its location in the file
 */
export function checkTargetPids({ faults }: Pick<Scenario, 'faults'>, storePid?: number): void {
  for (const [i, { name, process }] of faults.entries()) {
    if (process?.pid === undefined) continue;
    const location = `fault ${name}, faults[${i}].pid`;
    if (process.pid === storePid) {
      const message = `${location}: process ${storePid} is the local store, which the run needs`;
      throw new HarnessError('PROCESS_UNUSABLE', message, { hint: 'Name another pid.' });
    }
    try {
      foreignProcess(process.pid);
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      const { code, message, hint } = error;
      throw new HarnessError(code, `${location}: ${message}`, { hint, cause: error });
    }
  }
}
