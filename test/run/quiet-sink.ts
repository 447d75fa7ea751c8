import type { Sink } from '../../src/record/index.ts';

const OK = async (): Promise<void> => {};

/** Takes everything and keeps nothing. */
export const QUIET_SINK: Sink = {
  writeRun: OK,
  writeSpans: OK,
  writeHistograms: OK,
  writeCounters: OK,
  writeErrors: OK,
  writeConnectErrors: OK,
  writeFaultWindows: OK,
};
