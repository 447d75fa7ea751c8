export { buildDashboards, type DashboardFile } from './dashboard-files.ts';
export { expandMacros, type MacroContext } from './macros.ts';
