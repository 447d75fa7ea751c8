/** A door of its own: who tunes by stored runs carries out none. */
export { madeRun } from './made-run.ts';
export { scenarioOfRun } from './scenario-of-run.ts';
export { triedPolicies, type TriedRecommendations } from './tried-policies.ts';
