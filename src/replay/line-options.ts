import type { ReplayFileSpec } from '../scenario/index.ts';

/** Which fields of a line are read; undefined for the usual ones. */
export type LineOptions = Pick<
  ReplayFileSpec,
  'timeField' | 'methodField' | 'pathField' | 'durationField' | 'durationUnit'
>;
