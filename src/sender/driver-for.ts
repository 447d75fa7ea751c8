import type { Clock } from '../core/index.ts';
import { grpcDriver } from '../drivers/grpc/index.ts';
import { httpDriver } from '../drivers/http/index.ts';
import { http2Driver } from '../drivers/http2/index.ts';
import type { EngineParts, RunPlan } from '../engine/index.ts';
import type { RunIds } from '../trace/index.ts';

export interface DriverForOptions {
  readonly plan: RunPlan;
  readonly clock: Clock;
  readonly ids: RunIds;
  /** Whether requests carry the trace context. */
  readonly traced: boolean;
}

const DRIVERS = { http1: httpDriver, http2: http2Driver, grpc: grpcDriver } as const;

/** Returns what makes the driver of each target of a plan, by the protocol that it speaks. */
export function driverFor({ plan, ...options }: DriverForOptions): EngineParts['driverFor'] {
  const steps = plan.steps.map(({ spec }) => spec);
  return (target, events) => {
    const driver = DRIVERS[target.protocol ?? 'http1'];
    return driver({ target, steps, events, ...options });
  };
}
