import { renderTrace } from '../../report/index.ts';
import { findTrace } from '../../run/stored/find-trace.ts';
import type { ReadOptions, SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withSpans } from './with-spans.ts';

/**
 * Prints one trace as a tree, or its spans as JSON.
 * @throws USAGE_INVALID, TRACE_NOT_FOUND, RUN_NOT_FOUND
 */
export async function printTrace(
  wanted: readonly string[],
  options: ReadOptions & SpanOptions,
  terminal: Terminal,
): Promise<void> {
  await withSpans(options, terminal, async ({ source }) => {
    const { spans, why } = await findTrace(source, wanted);
    if (why !== '') terminal.progress(why);
    if (options.json) {
      terminal.json(JSON.stringify(spans, (_key, value: unknown) => textOfBigint(value), 2));
    } else {
      terminal.styled(renderTrace(spans, terminal));
    }
  });
}

function textOfBigint(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
