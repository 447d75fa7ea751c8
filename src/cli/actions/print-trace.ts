import { renderTrace, renderTraceJson } from '../../report/index.ts';
import { findTrace } from '../../run/stored/find-trace.ts';
import type { ReadOptions, SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withSpans } from './with-spans.ts';

/**
 * Prints one trace as a tree, or as JSON, with what its spans say together.
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
    if (options.json) terminal.json(renderTraceJson(spans));
    else terminal.styled(renderTrace(spans, terminal));
  });
}
