export { parseAddress, type Address } from './address.ts';
export { scenarioJsonSchema, type JsonSchema } from './json-schema.ts';
export { ONE_SHOT_STEP, oneShotText, type OneShot } from './one-shot-text.ts';
export { parseScenario } from './parse-scenario.ts';
export { readScenario } from './read-scenario.ts';
export { resolveReferences, type ReferenceValues } from './resolve-references.ts';
export type * from './scenario.ts';
export { parseThreshold, type ThresholdFault } from './threshold.ts';
