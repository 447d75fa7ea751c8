/** A door of its own: who prepares a scenario loads nothing of what sends it. */
export { checkedScenario } from './checked-scenario.ts';
export { planScenario } from './plan-scenario.ts';
export { readLoadWithoutStore } from './read-load.ts';
export { checkTargetPids } from './target-pids.ts';
