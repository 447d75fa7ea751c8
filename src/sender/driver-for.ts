import { invariant, rngFrom, systemClock } from '../core/index.ts';
import type { Driver, DriverOptions, EngineParts, RunPlan } from '../engine/index.ts';
import type { ReadyTarget, TargetProtocol } from '../scenario/index.ts';

export type DriverForOptions = Pick<DriverOptions, 'clock' | 'ids' | 'propagate'> & {
  /** Those of all targets of the plan. */
  readonly drivers: Drivers;
  readonly plan: RunPlan;
  readonly seed: number;
  /** Which of several workers it is. */
  readonly worker: number;
};

type MakeDriver = (options: DriverOptions) => Driver;

/** What makes the drivers of a scenario's targets, by what these speak. */
export type Drivers = ReadonlyMap<TargetProtocol, MakeDriver>;

/** The kinds of scenario/protocols say what a target can speak. */
const LOADS: Readonly<Record<TargetProtocol, () => Promise<MakeDriver>>> = {
  http1: async () => (await import('../drivers/http/index.ts')).httpDriver,
  http2: async () => (await import('../drivers/http2/index.ts')).http2Driver,
  grpc: async () => (await import('../drivers/grpc/index.ts')).grpcDriver,
};

/** Loads the drivers that targets want, and no other: gRPC's takes some 50 ms of each thread. */
export async function loadDrivers(targets: readonly Spoken[]): Promise<Drivers> {
  const protocols = [...new Set(targets.map(protocolOf))];
  return new Map(
    await Promise.all(protocols.map(async (one) => [one, await LOADS[one]()] as const)),
  );
}

type Spoken = Pick<ReadyTarget, 'protocol'>;

function protocolOf({ protocol }: Spoken): TargetProtocol {
  return protocol ?? 'http1';
}

/**
 * Returns what makes the driver of each target of a plan, by the protocol that it speaks.
 * `propagate` is for those that say nothing of it.
 */
export function driverFor({
  drivers,
  plan,
  seed,
  worker,
  propagate,
  ...options
}: DriverForOptions): EngineParts['driverFor'] {
  const dialClock = systemClock();
  const steps = [...plan.steps, ...plan.checks].map(({ spec }) => spec);
  return (target, events, { endpoint, isCheck = false }) => {
    const driver = drivers.get(protocolOf(target));
    invariant(driver !== undefined, `the driver of target ${target.name} is loaded`);
    // The first endpoint draws what the target drew before it had others.
    const which = `${endpoint === 0 ? '' : ` endpoint ${endpoint}`}${isCheck ? ' check' : ''}`;
    const rng = rngFrom(seed, `dialling ${target.name} ${worker}${which}`);
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
