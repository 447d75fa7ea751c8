import { type Clock, invariant, rngFrom } from '../core/index.ts';
import { requestTemplate, targetAddress } from '../drivers/http/index.ts';
import type { EngineParts, RunPlan } from '../engine/index.ts';
import type { Schedule } from '../schedule/index.ts';
import { type PropagationFormat, type RunIds, traceFields } from '../trace/index.ts';

export interface SaturatorForOptions {
  readonly schedule: Schedule;
  readonly plan: RunPlan;
  readonly clock: Clock;
  readonly ids: RunIds;
  readonly seed: number;
  /** Which of several workers it is. */
  readonly worker: number;
  /** The formats of the trace context that requests carry, where their target does not say. */
  readonly propagate: readonly PropagationFormat[];
}

/**
 * Returns what makes the saturators of a run; nothing where it has no saturated phase, and
 * autocannon is not even loaded then.
 */
export async function saturatorFor(
  options: SaturatorForOptions,
): Promise<Pick<EngineParts, 'saturatorFor'>> {
  const { schedule, plan, clock, ids, seed, worker, propagate } = options;
  if (schedule.saturated.length === 0) return {};
  const { autocannonSaturator } = await import('../drivers/autocannon/index.ts');
  return {
    saturatorFor: (load, events) => {
      const step = plan.steps[plan.flows[load.phaseIndex]?.firstStep ?? -1];
      const target = plan.targets[step?.targetIndex ?? -1];
      invariant(step && target, 'a saturated phase has a step, and that a target');
      const address = targetAddress(target.name, target.url);
      const request = requestTemplate(
        step.spec,
        address,
        traceFields(target.propagate ?? propagate, ids),
      );
      const fail = (error: unknown): void => {
        // Thrown where nobody catches it: the thread breaks, and says so.
        queueMicrotask(() => {
          throw error;
        });
      };
      const rng = rngFrom(seed, `dialling ${target.name} ${worker} saturated`);
      return autocannonSaturator({ load, address, request, clock, rng, ids, events, fail });
    },
  };
}
