import { HarnessError, runNotFound } from '../../core/index.ts';
import { renderTraces } from '../../report/terminal/traces-table.ts';
import type { TraceSearch } from '../../spans/index.ts';
import type { SpanReader } from '../../store/open-spans.ts';
import type { ReadOptions, SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { traceSearchOf, type TraceSearchOptions } from '../trace-search-options.ts';
import { withSpans } from './with-spans.ts';

/** Raised when a field of the JSON changes its meaning or goes away. */
const JSON_VERSION = 1;
const RUN_ID = /^[0-9a-f]{16}$/u;

/**
 * Prints the traces that the options look for.
 * @throws USAGE_INVALID, RUN_NOT_FOUND; what opening the spans throws
 */
export async function listTraces(
  options: ReadOptions & SpanOptions & TraceSearchOptions,
  terminal: Terminal,
): Promise<void> {
  const search = traceSearchOf(options);
  await withSpans(options, terminal, async ({ source, finder }) => {
    const runId = await runIdOf(options.run, source);
    const traces = await finder.find({ ...search, ...(runId === undefined ? {} : { runId }) });
    if (options.json) {
      const value = { version: JSON_VERSION, traces };
      terminal.json(JSON.stringify(value, (_key, field: unknown) => textOfBigint(field), 2));
      return;
    }
    const { width, color } = terminal;
    const showsMatches = asksForSpans(search);
    terminal.styled(renderTraces(traces, { width, color, showsMatches }));
    if (search.order === 'longest' && !showsMatches && traces.length > 1) {
      terminal.progress('by the longest span of each: a trace may last longer than that');
    }
    if (traces.length === search.limit) {
      terminal.progress(`at most ${search.limit} are shown; --limit shows more`);
    }
  });
}

async function runIdOf(
  run: string | undefined,
  source: SpanReader['source'],
): Promise<string | undefined> {
  if (run === undefined) return undefined;
  if (run === 'latest') {
    const newest = await source.run('latest');
    if (newest === undefined) throw runNotFound('latest');
    return newest.runId;
  }
  if (RUN_ID.test(run)) return run;
  throw new HarnessError('USAGE_INVALID', `--run must be 16 hex digits or latest, got ${run}`, {
    hint: 'callgauge runs lists the runs.',
  });
}

/** Whether it asks for what spans below the root can be. */
function asksForSpans(search: TraceSearch): boolean {
  const { serviceName, operation, durationMinNs, durationMaxNs, failed, fault } = search;
  return (
    [serviceName, operation, durationMinNs, durationMaxNs, failed, fault].some(
      (value) => value !== undefined,
    ) || search.attributes.length > 0
  );
}

function textOfBigint(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
