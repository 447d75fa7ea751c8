export { ActiveToxic, type ToxicContext } from './active-toxic.ts';
export { kindOf, TOXIC_KINDS } from './catalogue.ts';
export type { ChainEvents, ChainIdentity } from './chain-stage.ts';
export { DELAY_MAX_DEFAULT_NS, DISTRIBUTIONS, type DelaySpec } from './delay-spec.ts';
export { BodyCut, type CutBytes } from './http/body-cut.ts';
export { BodyPace } from './http/body-pace.ts';
export { callerPlan, type CallerDraw } from './http/caller-faults.ts';
export { editHeaders, sendableFields, type HeaderField } from './http/edit-headers.ts';
export {
  type Abort,
  type BodyRate,
  type HeaderEdit,
  mergePlans,
  type PlanOrigin,
  type RequestPlan,
} from './http/request-plan.ts';
export { type RequestFacts, type RequestMatch, requestMatcher } from './http/request-matcher.ts';
export { textPattern } from './http/text-pattern.ts';
export { LinkChain } from './link-chain.ts';
export type { Chunk, Held, Inlet, Link, LinkContext, LinkOutput } from './link.ts';
export type { Setting, Settings, SettingValue, SettingValues } from './setting.ts';
export { toxicAttributes } from './toxic-attributes.ts';
export {
  NO_TOUCHES,
  type TouchedConnection,
  type TouchedRequest,
  type Touches,
} from './touches.ts';
export type { Direction, Toxic, ToxicSpec, Trigger } from './toxic.ts';
export { toxicKind, type RequestDraw, type SettingProblem, type ToxicKind } from './toxic-kind.ts';
export type { ProxySpec } from './proxy-spec.ts';
