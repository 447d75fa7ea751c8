export type { ClockSkew } from './clock-skew.ts';
export type {
  EdgeAttempts,
  EdgeSecond,
  FailedAttempts,
  FailedTrace,
  FailureExample,
  ServedCalls,
  SpanCounts,
  SpanSource,
  TraceSummary,
} from './span-source.ts';
export {
  ANALYZED_ATTRIBUTES,
  MemorySpans,
  type AnalyzedSpans,
  type SpansOfRun,
} from './memory-spans.ts';
export { buildSpanTree, nodesOf, type SpanNode, type SpanTree } from './span-tree.ts';
export {
  NO_PARENT,
  PARENT_MISSING,
  SpanTableBuilder,
  type AttributeChoice,
  type NumberedResource,
  type NumberedSpans,
  type SpanRow,
  type SpanTable,
} from './span-table.ts';
export { callTable, type CallInTable } from './call-table.ts';
export { memoryStepTraces, type StepSelection, type StepTraces } from './step-traces.ts';
export { traceWeightsOf, weightedTraces } from './trace-weights.ts';
export { weightedQuantiles } from './weighted-quantile.ts';
export { spanIdsInto } from './span-ids.ts';
export {
  memorySpanWindows,
  type SelectedSpans,
  type SpanSelection,
  type SpanWindows,
} from './span-window.ts';
export { forestOf, type SpanForest } from './span-forest.ts';
export type { ClockPair } from './table-clocks.ts';
export {
  criticalPathOf,
  followsIn,
  walkCriticalPath,
  type CriticalPath,
  type PathVisitor,
  type PathSegment,
} from './critical-path.ts';
export {
  PATH_ATTRIBUTES,
  pathTimesOf,
  pathTotals,
  type PathKey,
  type PathTimes,
  type PathTotal,
} from './path-times.ts';
export { networkTimeNs, selfTimeNs } from './span-times.ts';
export { pathRoomOf, type PathRoom } from './path-slack.ts';
export { roleOf, type CallRole } from './call-role.ts';
export { PEER_KEYS, peerOf, servedBy, type CallPeer } from './call-peer.ts';
export { errorOrigins, type ErrorOrigin } from './error-origin.ts';
export {
  amplifications,
  repeatedAttempts,
  type Amplification,
  type RepeatedAttempts,
} from './call-attempts.ts';
export { attributeReader, firstAttribute, type ReadAttribute } from './table-attributes.ts';
export { callStages, type CallPattern, type CallStages, type StagedCall } from './call-stages.ts';
export { callRequests, type CallRequest } from './call-request.ts';
export { retryOutcomes, type RetryOutcomes } from './retry-outcomes.ts';
export { callLoops, type CallLoop } from './repeated-calls.ts';
export { outlivedCalls, type OutlivedCall } from './outlived-calls.ts';
export { completenessOf, type Completeness } from './completeness.ts';
export {
  analyzeTrace,
  type SpanFacts,
  type TraceAnalysis,
  type TraceSegment,
} from './trace-analysis.ts';
export type { AttemptReader, AttemptsInTime } from './attempts-in-time.ts';
export type { OperationReader, OperationSearch, OperationTimes } from './operation-times.ts';
export type { AttributeSearch, FoundTrace, TraceFinder, TraceSearch } from './trace-search.ts';
export {
  GRAPH_ATTRIBUTES,
  serviceGraphOf,
  type GraphEdge,
  type GraphGrain,
  type ServiceGraph,
} from './service-graph.ts';
