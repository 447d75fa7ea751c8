export { ActiveToxic, type ToxicPlace } from './active-toxic.ts';
export { kindOf, TOXIC_KINDS } from './catalogue.ts';
export type { ChainIdentity } from './chain-place.ts';
export type { DelaySpec } from './delay-spec.ts';
export { planFaults, type FaultAction, type PhaseTime } from './fault-plan.ts';
export {
  KILL_SIGNALS,
  placeOf,
  type FaultSpec,
  type FaultTime,
  type KillSignal,
  type MeasuredDelay,
  type ProcessEffect,
  type ProcessFaultSpec,
  type ProcessPlace,
  type ToxicFaultSpec,
} from './fault.ts';
export { BodyCut, type CutBytes } from './http/body-cut.ts';
export { BodyPace } from './http/body-pace.ts';
export { callerPlan, type CallerDraw } from './http/caller-faults.ts';
export { editHeaders, sendableFields, type HeaderField } from './http/edit-headers.ts';
export { mergePlans } from './http/merge-plans.ts';
export type { RequestFacts } from './http/request-facts.ts';
export type { RequestMatch } from './http/request-match.ts';
export { requestMatcher } from './http/request-matcher.ts';
export type { Abort, BodyRate, HeaderEdit, PlanOrigin, RequestPlan } from './http/request-plan.ts';
export { textPattern } from './http/text-pattern.ts';
export { LinkChain } from './link-chain.ts';
export type { Chunk, Held, Inlet, Link, LinkContext, LinkOutput } from './link.ts';
export type { Setting, Settings, SettingValue, SettingValues } from './setting.ts';
export {
  runFaultPlan,
  type FaultDone,
  type FaultHand,
  type FaultPlanEvents,
  type RunningFaultPlan,
} from './run-fault-plan.ts';
export { faultsDuring, faultsInPath, type FaultPort } from './stamp-faults.ts';
export { toxicAttributes } from './toxic-attributes.ts';
export type { Direction, Toxic, ToxicSpec, Trigger } from './toxic.ts';
export { toxicKind, type RequestDraw, type SettingFault, type ToxicKind } from './toxic-kind.ts';
export type { WireFault } from './wire-delay.ts';
export { settingsFromWire, settingsToWire, wireName, type FromWire } from './wire-settings.ts';
export type { ProxySpec } from './proxy-spec.ts';
