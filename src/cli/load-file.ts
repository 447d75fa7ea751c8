/** What a run of `callgauge load` has in place of the name of its scenario's file. */
export const LOAD_FILE = 'callgauge load';
