import { counterTotal, HarnessError, NS_PER_MS, type CounterSlice } from '../../core/index.ts';
import { renderDot, renderMermaid } from '../../report/graph-diagram.ts';
import type { GraphReport } from '../../report/graph-report.ts';
import { renderGraphJson } from '../../report/json/graph-json.ts';
import { renderGraph } from '../../report/terminal/graph-table.ts';
import {
  OPEN_FROM_EPOCH_NS,
  OPEN_TO_EPOCH_NS,
  selectWindow,
  type WantedWindow,
} from '../../run/stored/wanted-window.ts';
import {
  forestOf,
  GRAPH_ATTRIBUTES,
  serviceGraphOf,
  type SpanSelection,
  type SpanTable,
} from '../../spans/index.ts';
import type { GraphOptions } from '../graph-options.ts';
import type { Terminal } from '../terminal.ts';
import { wantedTime } from '../time-options.ts';
import { withSpans } from './with-spans.ts';

/**
 * Prints the service graph of a run, or of the traces of a time.
 * @throws USAGE_INVALID, RUN_NOT_FOUND; what opening the spans throws
 */
export async function printGraph(
  run: string | undefined,
  options: GraphOptions,
  terminal: Terminal,
): Promise<void> {
  const tracesMax = positive(options.traces, '--traces');
  const wanted = wantedOf(run, options);
  const format = options.json === true ? 'json' : (options.format ?? 'text');
  const isDiagram = format === 'dot' || format === 'mermaid';
  const grain = options.by ?? (isDiagram ? 'service' : 'operation');
  await withSpans(options, terminal, async ({ source, windows }) => {
    const selection = await selectWindow(source, wanted);
    const { table, tracesInAll } = await windows.spansIn(selection, tracesMax, GRAPH_ATTRIBUTES);
    const graph = serviceGraphOf(forestOf(table), grain);
    const { runId = '' } = selection;
    const ofAll =
      runId === '' || options.service !== undefined
        ? {}
        : { arrivalsInAll: sentArrivals(await source.counters(runId)) };
    const report = { graph, tracesInAll, runId, ...ofAll, ...seenTime(table, selection) };
    print(report, format, terminal);
  });
}

function print(
  report: GraphReport,
  format: NonNullable<GraphOptions['format']>,
  terminal: Terminal,
): void {
  switch (format) {
    case 'text':
      terminal.styled(renderGraph(report, terminal));
      break;
    case 'json':
      terminal.json(renderGraphJson(report));
      break;
    case 'dot':
      terminal.out(...renderDot(report).trimEnd().split('\n'));
      break;
    case 'mermaid':
      terminal.out(...renderMermaid(report).trimEnd().split('\n'));
      break;
  }
}

/** Returns which traces are wanted: of the newest run where neither a run nor a time is named. */
function wantedOf(run: string | undefined, options: GraphOptions): WantedWindow {
  const { since, from, to, spans, service } = options;
  const ofService = service === undefined ? {} : { serviceName: service };
  const hasTime = since !== undefined || from !== undefined || to !== undefined;
  if (hasTime && run !== undefined) {
    throw invalid(`a run or a time is wanted, got both, run ${run}`, 'Leave one of them out.');
  }
  if (!hasTime && spans !== undefined) {
    throw invalid(
      `a team's own table has no runs: a time is wanted beside --spans ${spans}`,
      'Add --since 1h, say.',
    );
  }
  return hasTime
    ? { time: wantedTime(options), ...ofService }
    : { run: run ?? 'latest', ...ofService };
}

/** Returns the time that was asked for, its open ends closed by what was seen. */
function seenTime(
  { startsNs, originEpochNs, spanCount }: SpanTable,
  { fromEpochNs, toEpochNs }: SpanSelection,
): Pick<GraphReport, 'fromEpochMs' | 'toEpochMs'> {
  const originMs = Number(originEpochNs) / NS_PER_MS;
  const seen = spanCount === 0 ? Float64Array.of(0) : startsNs;
  const msOf = (epochNs: bigint): number => Number(epochNs / BigInt(NS_PER_MS));
  const lastNs = seen.reduce((a, b) => Math.max(a, b), 0);
  return {
    fromEpochMs: fromEpochNs === OPEN_FROM_EPOCH_NS ? originMs : msOf(fromEpochNs),
    toEpochMs: toEpochNs === OPEN_TO_EPOCH_NS ? originMs + lastNs / NS_PER_MS : msOf(toEpochNs),
  };
}

/** Of an arrival that was dropped there is no trace to store. */
function sentArrivals(counters: readonly CounterSlice[]): number {
  return counterTotal(counters, 'arrivals') - counterTotal(counters, 'dropped_arrivals');
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(`${option} must be a whole number > 0, got ${text}`, `Write ${option} 20000, say.`);
}

function invalid(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
