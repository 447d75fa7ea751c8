import { CANCELLED, NO_STATUS, OK, type OutcomeCode } from '../../../src/core/index.ts';
import type { Driver, DriverCall, DriverOptions } from '../../../src/engine/index.ts';

/** Returns a driver that sends nothing: every call is ok at once. */
export function noopDriver({ clock, events }: DriverOptions): Driver {
  const underWay = new Set<DriverCall>();
  const finish = (call: DriverCall, outcome: OutcomeCode): void => {
    if (!underWay.delete(call)) return;
    call.outcome = outcome;
    events.finished(call);
  };
  return {
    open: () => Promise.resolve(),
    hasFreeConnection: () => true,
    demand: () => undefined,
    start: (call) => {
      call.sentNs = call.firstByteNs = call.endNs = clock.nowNs();
      call.status = NO_STATUS;
      call.bytesIn = call.bytesOut = 0;
      call.error = '';
      underWay.add(call);
      setImmediate(() => finish(call, OK));
    },
    close: () => {
      for (const call of [...underWay]) finish(call, CANCELLED);
      return Promise.resolve();
    },
  };
}
