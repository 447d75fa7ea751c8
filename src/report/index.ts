export type { RunReport } from './run-report.ts';
export type { StyledText, TerminalStyle } from './terminal/paint.ts';
export { renderTerminal } from './terminal/terminal-report.ts';
export { renderJson, REPORT_VERSION } from './json/json-report.ts';
export { verdictWords } from './sections/report-head.ts';
export { renderTrace } from './terminal/trace-tree.ts';
export { renderRuns } from './terminal/runs-table.ts';
export { renderLive, type LiveState } from './terminal/live-line.ts';
export { renderTraceJson, TRACE_VERSION } from './json/trace-json.ts';
