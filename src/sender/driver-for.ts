import { rngFrom, systemClock } from '../core/index.ts';
import { grpcDriver } from '../drivers/grpc/index.ts';
import { httpDriver } from '../drivers/http/index.ts';
import { http2Driver } from '../drivers/http2/index.ts';
import type { Driver, DriverOptions, EngineParts, RunPlan } from '../engine/index.ts';
import type { TargetProtocol } from '../scenario/index.ts';

export type DriverForOptions = Pick<DriverOptions, 'clock' | 'ids' | 'propagate'> & {
  readonly plan: RunPlan;
  readonly seed: number;
  /** Which of several workers it is. */
  readonly worker: number;
};

/** By what a target speaks; the kinds of scenario/protocols say what that can be. */
const DRIVERS: Readonly<Record<TargetProtocol, (options: DriverOptions) => Driver>> = {
  http1: httpDriver,
  http2: http2Driver,
  grpc: grpcDriver,
};

/**
 * Returns what makes the driver of each target of a plan, by the protocol that it speaks.
 * `propagate` is for those that say nothing of it.
 */
export function driverFor({
  plan,
  seed,
  worker,
  propagate,
  ...options
}: DriverForOptions): EngineParts['driverFor'] {
  const dialClock = systemClock();
  const steps = plan.steps.map(({ spec }) => spec);
  return (target, events) => {
    const driver = DRIVERS[target.protocol ?? 'http1'];
    const rng = rngFrom(seed, `dialling ${target.name} ${worker}`);
    return driver({
      target,
      steps,
      events,
      dialClock,
      rng,
      propagate: target.propagate ?? propagate,
      ...options,
    });
  };
}
