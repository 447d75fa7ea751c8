export type { RunReport } from './run-report.ts';
export type { StyledText, TerminalStyle } from './terminal/paint.ts';
export { renderDocument, renderTerminal } from './terminal/terminal-report.ts';
export { renderJson, REPORT_VERSION } from './json/json-report.ts';
export { verdictWords } from './sections/report-head.ts';
export { renderTrace } from './terminal/trace-tree.ts';
export { renderRuns } from './terminal/runs-table.ts';
export { renderTraces } from './terminal/traces-table.ts';
export { renderLive, type LiveState } from './terminal/live-line.ts';
export { renderTraceJson, TRACE_VERSION } from './json/trace-json.ts';
export {
  incidentDocument,
  type ComparedTraces,
  type IncidentReport,
} from './incident/incident-document.ts';
export { INCIDENT_VERSION, renderIncidentJson } from './incident/incident-json.ts';
export { tuneDocument, type TuneReport } from './tune/tune-document.ts';
export { renderTuneJson, TUNE_VERSION } from './tune/tune-json.ts';
export { whyDocument, type WhyReport } from './why/why-document.ts';
export { renderWhyJson, WHY_VERSION } from './why/why-json.ts';
export { renderMarkdown } from './markdown/markdown-document.ts';
export type { GraphReport } from './graph-report.ts';
export { renderDot, renderMermaid } from './graph-diagram.ts';
export { GRAPH_VERSION, renderGraphJson } from './json/graph-json.ts';
export { renderGraph } from './terminal/graph-table.ts';
