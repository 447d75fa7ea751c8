import { HarnessError, JsonValue } from '../../core/index.ts';

/**
 * Returns the plan of a run as JSON.
 * @throws RUN_PLAN_UNREADABLE for a text that is no JSON, as every method of it for a value of
 *   another kind
 */
export function planValue(text: string, runId: string): JsonValue {
  return JsonValue.parse(
    text,
    ({ path, wanted, got }) =>
      new HarnessError(
        'RUN_PLAN_UNREADABLE',
        `the plan of run ${runId} must have ${wanted}, got ${got} (${path || 'plan'})`,
        {
          hint: `Empty the run's Plan in callgauge_runs: it is derived from the scenario's text then.`,
        },
      ),
  );
}
