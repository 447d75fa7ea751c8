import { type Clock, invariant } from '../../core/index.ts';
import type { Driver, DriverEvents } from '../../engine/index.ts';
import type { StepSpec, TargetSpec } from '../../scenario/index.ts';
import type { RunIds } from '../../trace/index.ts';
import { http2Address, MultiplexedDriver } from '../http2/index.ts';
import { GrpcExchange } from './grpc-exchange.ts';
import { grpcStep } from './grpc-step.ts';
import { GrpcSchema } from './schema.ts';

export interface GrpcDriverOptions {
  /** With its schema, against which its steps were checked. */
  readonly target: TargetSpec;
  /** All steps of the run, by the number that a call carries; those of other targets too. */
  readonly steps: readonly StepSpec[];
  /** The run's clock. */
  readonly clock: Clock;
  readonly ids: RunIds;
  /** Whether calls carry a traceparent. */
  readonly traced: boolean;
  readonly events: DriverEvents;
}

/**
 * Returns the driver that calls by gRPC, over HTTP/2 connections of its own.
 * @throws TARGET_UNRESOLVED where the target's url is none, or http behind a proxy; SCENARIO_INVALID for a message that does
 * not fit its type.
 */
export function grpcDriver(options: GrpcDriverOptions): Driver {
  const { target, clock, ids, traced, events } = options;
  const address = http2Address(target);
  const data = target.grpc?.schema;
  invariant(data !== undefined, `the schema of target ${target.name} was read`);
  const schema = new GrpcSchema(data);
  // By step; undefined for a step that calls another target.
  const steps = options.steps.map((step) =>
    step.target === target.name ? grpcStep({ step, schema, address, traced }) : undefined,
  );
  const parts = { clock, ids, driverEvents: events };
  return new MultiplexedDriver({
    target,
    address,
    clock,
    events,
    exchangeFor: (call, exchangeEvents) => {
      const step = steps[call.stepIndex];
      invariant(step !== undefined, 'a driver knows the step it is given');
      return new GrpcExchange(call, step, parts, exchangeEvents);
    },
  });
}
