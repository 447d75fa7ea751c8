import { type Clock, invariant } from '../../core/index.ts';
import type { Driver, DriverEvents } from '../../engine/index.ts';
import type { StepSpec, TargetSpec } from '../../scenario/index.ts';
import type { RunIds } from '../../trace/index.ts';
import { Exchange } from './exchange.ts';
import { http2Address } from './http2-address.ts';
import { MultiplexedDriver } from './multiplexed-driver.ts';
import { stepRequest } from './request-block.ts';

export interface Http2DriverOptions {
  readonly target: TargetSpec;
  /** All steps of the run, by the number that a call carries; those of other targets too. */
  readonly steps: readonly StepSpec[];
  /** The run's clock. */
  readonly clock: Clock;
  readonly ids: RunIds;
  /** Whether requests carry a traceparent header. */
  readonly traced: boolean;
  readonly events: DriverEvents;
}

/**
 * Returns the driver that sends HTTP/2 over connections of its own: by prior knowledge to an http
 * url, by ALPN to an https one.
 * @throws TARGET_UNRESOLVED where the target's url is none, or http behind a proxy.
 */
export function http2Driver(options: Http2DriverOptions): Driver {
  const { target, steps, clock, ids, traced, events } = options;
  const address = http2Address(target);
  // By step; undefined for a step that calls another target.
  const requests = steps.map((step) =>
    step.target === target.name ? stepRequest(step, address, traced) : undefined,
  );
  return new MultiplexedDriver({
    target,
    address,
    clock,
    events,
    exchangeFor: (call, exchangeEvents) => {
      const request = requests[call.stepIndex];
      invariant(request !== undefined, 'a driver knows the step it is given');
      return new Exchange(call, { request, clock, ids, events: exchangeEvents });
    },
  });
}
