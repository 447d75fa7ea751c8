export type { RunReport } from './run-report.ts';
export type { TerminalStyle } from './paint.ts';
export { renderTerminal } from './terminal-report.ts';
export { renderJson, REPORT_VERSION } from './json-report.ts';
export { renderTrace } from './trace-tree.ts';
export { printable } from './table.ts';
export { renderRuns } from './runs-table.ts';
export { renderLive, type LiveState } from './live-line.ts';
