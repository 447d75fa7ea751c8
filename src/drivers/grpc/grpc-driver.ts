import { invariant } from '../../core/index.ts';
import type { Driver, DriverOptions } from '../../engine/index.ts';
import { traceFields } from '../../trace/index.ts';
import { http2Address, MultiplexedDriver } from '../http2/index.ts';
import { GrpcExchange } from './grpc-exchange.ts';
import { grpcStep } from './grpc-step.ts';
import { GrpcSchema } from './schema.ts';

/**
 * Returns the driver that calls by gRPC, over HTTP/2 connections of its own.
 * @throws TARGET_UNRESOLVED where the target's url is invalid, or http behind a proxy;
 *   SCENARIO_INVALID for a message that does not fit its type.
 */
export function grpcDriver(options: DriverOptions): Driver {
  const { target, clock, dialClock, rng, ids, events } = options;
  const address = http2Address(target, dialClock);
  const data = target.grpc?.schema;
  invariant(data !== undefined, `the schema of target ${target.name} was read`);
  const schema = new GrpcSchema(data);
  const trace = traceFields(options.propagate, ids);
  // By step; undefined for a step that calls another target.
  const steps = options.steps.map((step) =>
    step.target === target.name ? grpcStep({ step, schema, address, trace }) : undefined,
  );
  const parts = { clock, ids, driverEvents: events };
  return new MultiplexedDriver({
    target,
    address,
    clock,
    dialClock,
    rng,
    events,
    exchangeFor: (call, exchangeEvents) => {
      const step = steps[call.stepIndex];
      invariant(step !== undefined, 'a driver knows the step it is given');
      return new GrpcExchange(call, step, parts, exchangeEvents);
    },
  });
}
