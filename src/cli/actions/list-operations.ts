import { renderOperations } from '../../report/terminal/operations-table.ts';
import { findRunId } from '../../run/stored/find-run.ts';
import type { ReadOptions, SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { wantedTime, type TimeOptions } from '../time-options.ts';
import { withSpans } from './with-spans.ts';

/** What `operations` is asked for. */
export interface OperationOptions extends ReadOptions, SpanOptions, TimeOptions {
  readonly service?: string;
  readonly run?: string;
}

/** Raised when a field of the JSON changes its meaning or goes away. */
const JSON_VERSION = 1;

/**
 * Prints how often each operation of each service ran and failed, and how long it took.
 * @throws USAGE_INVALID, RUN_NOT_FOUND; what opening the spans throws
 */
export async function listOperations(options: OperationOptions, terminal: Terminal): Promise<void> {
  const time = wantedTime(options);
  const { service, run } = options;
  await withSpans(options, terminal, async ({ source, operations }) => {
    const found = await operations.operationsOf({
      ...time,
      ...(service === undefined ? {} : { serviceName: service }),
      ...(run === undefined ? {} : { runId: await findRunId(source, run) }),
    });
    if (options.json) {
      const value = found.map((one) => {
        const { p50Ns = null, p95Ns = null, p99Ns = null, maxNs = null } = one;
        return { ...one, p50Ns, p95Ns, p99Ns, maxNs };
      });
      terminal.json(JSON.stringify({ version: JSON_VERSION, operations: value }, null, 2));
      return;
    }
    terminal.styled(renderOperations(found, terminal));
  });
}
