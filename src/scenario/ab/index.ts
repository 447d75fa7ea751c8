export { abScenario, type AbRequest } from './ab-scenario.ts';
export {
  AB_SIDES,
  sideName,
  type AbLimits,
  type AbSide,
  type AbSpec,
  type AbStep,
} from './ab-spec.ts';
export type { AbCommand, AbVersion, AbVersions } from './ab-versions.ts';
