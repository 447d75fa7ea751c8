import { type Clock, type Ns, preciseClock } from '../core/index.ts';
import { type Pacer, timerPacer } from './pacer.ts';

/**
 * Returns a pacer that wakes the sending loop precisely and thriftily: it sleeps between arrivals,
 * and the thread of a precise clock wakes it shortly before each. For the rest of the time the loop
 * polls its sockets, so that answers are read in between.
 */
export function alarmPacer(clock: Clock): Pacer {
  // Made at once, so that its thread is there when the run begins; that has an origin of its own.
  const alarms = preciseClock();
  const pacer = timerPacer({
    originEpochMs: clock.originEpochMs,
    nowNs: () => clock.nowNs(),
    after: (delayNs: Ns, fire) => alarms.after(delayNs, fire),
  });
  return {
    start: (wake, isAwaiting) => pacer.start(wake, isAwaiting),
    stop: () => {
      pacer.stop();
      alarms.close();
    },
  };
}
