export { saysOutcome } from './attribute-values.ts';
export { completenessOf } from './completeness.ts';
export { fisherGreater } from './proportions.ts';
export { findIncident, type IncidentOptions } from './find-incident.ts';
export { findWindow, type FoundWindow } from './find-window.ts';
export {
  CAUSE_KINDS,
  type AttributeValue,
  type Cause,
  type CauseKind,
  type Completeness,
  type Evidence,
  type Incident,
  type RootChange,
  type RootNumbers,
  type Share,
  type TraceExample,
} from './incident.ts';
