import { nsFromMs, type RunRecord, type ServiceEnd } from '../core/index.ts';

/**
 * Returns the services that ended unasked while the load went on, in their order: their run has
 * failed, whatever its numbers say. What ends after the last call, as a teardown may make it, is
 * not among them; what a fault killed is not in the record.
 */
export function lostServices(run: RunRecord): readonly ServiceEnd[] {
  const { serviceEnds = [], startedEpochMs, endedEpochMs } = run;
  const endNs = endedEpochMs > 0 ? nsFromMs(endedEpochMs - startedEpochMs) : Infinity;
  return serviceEnds.filter(({ atNs }) => atNs <= endNs);
}
