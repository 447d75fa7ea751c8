export { parseAddress, type Address } from './address.ts';
export { scenarioJsonSchema, type JsonSchema } from './json-schema.ts';
export { stepLocation } from './named-files.ts';
export { STREAMS_DEFAULT } from './file/system.ts';
export { withBodyFiles } from './body-files.ts';
export { deepFreeze } from './deep-freeze.ts';
export { invalidSteps, type StepProblem } from './invalid-steps.ts';
export { ONE_SHOT_STEP, oneShotText, type OneShot } from './one-shot-text.ts';
export { parseScenario } from './parse-scenario.ts';
export { readScenario } from './read-scenario.ts';
export { readTlsFiles } from './read-tls-files.ts';
export { usesReplayedRequest } from './flow-references.ts';
export { resolveReferences, type ReferenceValues } from './resolve-references.ts';
export type * from './flow-spec.ts';
export {
  kindNamed,
  type CallSpec,
  type GrpcCallSpec,
  type GrpcProtoSpec,
  type GrpcTargetSpec,
  type HttpCallSpec,
  type ProtocolKind,
  type TargetProtocol,
} from './protocols/index.ts';
export type { BodyPart, FilePart, RequestSpec } from './request-spec.ts';
export { referencesIn } from './references.ts';
export { referencesOf } from './template.ts';
export type { CallReference, Hole, HoleForm, Template } from './template.ts';
export { asReachable, asReady } from './ready-scenario.ts';
export type * from './ready-scenario.ts';
export type * from './scenario.ts';
export {
  beginsWithTimeAggregate,
  EVENT_AGGREGATES,
  TIME_AGGREGATES,
  type EventAggregate,
  type ThresholdAggregate,
  type TimeAggregate,
} from './threshold-aggregates.ts';
export { parseThreshold, type ThresholdProblem } from './threshold.ts';
export { thresholdText } from './threshold-text.ts';
