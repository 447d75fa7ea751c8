import { invariant } from '../../core/index.ts';
import type { Driver, DriverOptions } from '../../engine/index.ts';
import { traceFields } from '../../trace/index.ts';
import { isOfTarget } from '../http/index.ts';
import { Exchange } from './exchange.ts';
import { http2Address } from './http2-address.ts';
import { MultiplexedDriver } from './multiplexed-driver.ts';
import { stepRequest } from './request-block.ts';

/**
 * Returns the driver that sends HTTP/2 over connections of its own: by prior knowledge to an http
 * url, by ALPN to an https one.
 * @throws TARGET_UNRESOLVED where the target's url is invalid, or http behind a proxy.
 */
export function http2Driver(options: DriverOptions): Driver {
  const { target, steps, clock, dialClock, rng, ids, events } = options;
  const address = http2Address(target, dialClock);
  const trace = traceFields(options.propagate, ids);
  // By step; undefined for a step that calls another target.
  const requests = steps.map((step) =>
    isOfTarget(step, target.name) ? stepRequest(step, address, trace) : undefined,
  );
  return new MultiplexedDriver({
    target,
    address,
    clock,
    dialClock,
    rng,
    events,
    exchangeFor: (call, exchangeEvents) => {
      const request = requests[call.stepIndex];
      invariant(request !== undefined, 'a driver knows the step it is given');
      return new Exchange(call, { request, clock, ids, events: exchangeEvents });
    },
  });
}
