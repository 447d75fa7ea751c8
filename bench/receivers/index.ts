import { callgauge } from './callgauge.ts';
import { collector } from './collector.ts';
import type { ReceiverUnderTest } from './receiver-under-test.ts';

export {
  LOOKUP_TABLE_NAME,
  SPAN_TABLE_NAME,
  type ReceiverUnderTest,
  type RunningReceiver,
} from './receiver-under-test.ts';

/**
 * Returns the Collector, where it is asked for and the machine has it, and ours; says in one line
 * where it is left out.
 */
export function receiversHere(
  wanted: readonly string[] | undefined,
  say: (line: string) => void,
): ReceiverUnderTest[] {
  if (wanted !== undefined && !wanted.includes(collector.name)) return [callgauge];
  const missing = collector.missing();
  if (missing === undefined) return [collector, callgauge];
  say(`${collector.name} skipped: ${missing}`);
  return [callgauge];
}
