import { shareOf, type Shard } from '../schedule/index.ts';
import type { ReadyPhase, ReadyScenario, StepSpec } from '../scenario/index.ts';

/**
 * Returns the scenario as one of several workers carries it out: its part of the connections, of
 * the calls in flight, of the users and their iterations, of what policies let through at once or
 * in a second. Open arrivals stay whole: of those a worker takes every count-th. The parts add up
 * to the whole, but that a worker has at least one connection of each target, one call in flight,
 * one place in a bulkhead and one token in a bucket. The ratios of budgets and breakers are those
 * of each worker.
 */
export function workerShare(scenario: ReadyScenario, shard: Shard): ReadyScenario {
  if (shard.count === 1) return scenario;
  const atLeastOne = (whole: number): number => Math.max(1, shareOf(whole, shard));
  return {
    ...scenario,
    targets: scenario.targets.map((target) => ({
      ...target,
      connections: atLeastOne(target.connections),
    })),
    flows: scenario.flows.map(({ steps, ...flow }) => ({
      ...flow,
      steps: steps.map((step) => stepShare(step, shard)),
    })),
    load: scenario.load.map((phase) => phaseShare(phase, shard)),
    engine: { ...scenario.engine, maxInFlight: atLeastOne(scenario.engine.maxInFlight) },
  };
}

function stepShare(step: StepSpec, shard: Shard): StepSpec {
  const { policy } = step;
  if (policy === undefined) return step;
  const { bulkhead, rateLimit, retry } = policy;
  const { count } = shard;
  const minPerSec = (retry?.budget?.minPerSec ?? 0) / count;
  return {
    ...step,
    policy: {
      ...policy,
      ...(retry?.budget && { retry: { ...retry, budget: { ...retry.budget, minPerSec } } }),
      ...(bulkhead && {
        bulkhead: {
          calls: Math.max(1, shareOf(bulkhead.calls, shard)),
          waiting: shareOf(bulkhead.waiting, shard),
        },
      }),
      // A user is one worker's.
      ...(rateLimit &&
        rateLimit.by !== 'user' && {
          rateLimit: {
            ...rateLimit,
            ratePerSec: rateLimit.ratePerSec / count,
            burst: Math.max(1, rateLimit.burst / count),
          },
        }),
    },
  };
}

function phaseShare(phase: ReadyPhase, shard: Shard): ReadyPhase {
  if (phase.saturate) {
    const connections = shareOf(phase.saturate.connections, shard);
    return { ...phase, saturate: { ...phase.saturate, connections } };
  }
  if (phase.users === undefined) return phase;
  const { count, iterations, firstArrival } = phase.users;
  if (firstArrival !== undefined && iterations !== Infinity) {
    // Arrivals take rows by number, and a worker numbers its own in steps of the worker count.
    const share = shareOf(firstArrival + iterations, shard) - shareOf(firstArrival, shard);
    return { ...phase, users: { ...phase.users, count: shareOf(count, shard), iterations: share } };
  }
  // Iterations go to those workers alone that have a user to make them.
  const busy = { index: shard.index, count: Math.min(shard.count, count) };
  const isIdle = shard.index >= busy.count;
  return {
    ...phase,
    users: {
      ...phase.users,
      count: isIdle ? 0 : shareOf(count, busy),
      iterations: isIdle ? 0 : shareOf(iterations, busy),
    },
  };
}
