import { epochNsFromMs, HarnessError } from '../../core/index.ts';
import { findIncident } from '../../incident/index.ts';
import {
  incidentDocument,
  renderDocument,
  renderIncidentJson,
  renderMarkdown,
  type ComparedTraces,
} from '../../report/index.ts';
import type { SpanReader } from '../../store/open-spans.ts';
import { comparisonOf, seedOf, type Comparison, type IncidentOptions } from '../incident-times.ts';
import { commandLineOf, type ReadOptions, type SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withSpans } from './with-spans.ts';

/** Of more traces on a side an even sample is read: some million spans are what memory holds. */
const TRACES_MAX = 50_000;

/**
 * Prints what changed between two windows of traces and which services explain it.
 * @throws USAGE_INVALID, RUN_NOT_FOUND, TRACE_NOT_FOUND; what opening the spans throws
 */
export async function printIncident(
  options: ReadOptions & SpanOptions & IncidentOptions,
  terminal: Terminal,
): Promise<void> {
  const comparison = comparisonOf(options);
  const seed = seedOf(options);
  await withSpans(options, terminal, async (reader) => {
    const sides = await sidesOf(comparison, reader);
    const serviceName = options.service === undefined ? {} : { serviceName: options.service };
    const read = (side: ComparedTraces): ReturnType<SpanReader['windows']['spansIn']> =>
      reader.windows.spansIn({ ...side, ...serviceName }, TRACES_MAX);
    const baseline = await read(sides.baseline);
    const window = await read(sides.window);
    for (const [name, { table }] of [
      ['baseline', baseline] as const,
      ['window', window] as const,
    ]) {
      if (table.traceCount === 0) throw noTraces(name, options);
    }
    const report = {
      incident: findIncident(baseline.table, window.table, {
        seed,
        tracesInAll: { baseline: baseline.tracesInAll, window: window.tracesInAll },
      }),
      ...sides,
      ...serviceName,
      storedAt: reader.description,
      command: commandLineOf(options),
    };
    if (options.json) terminal.json(renderIncidentJson(report));
    else if (options.markdown) {
      terminal.out(...renderMarkdown(incidentDocument(report)).trimEnd().split('\n'));
    } else terminal.styled(renderDocument(incidentDocument(report), terminal));
  });
}

async function sidesOf(
  comparison: Comparison,
  { source }: SpanReader,
): Promise<{ readonly baseline: ComparedTraces; readonly window: ComparedTraces }> {
  if (comparison.kind === 'times') return comparison;
  const sideOf = async (runId: string): Promise<ComparedTraces> => {
    const run = await source.run(runId);
    if (run === undefined) {
      throw new HarnessError('RUN_NOT_FOUND', `no run ${runId} is stored`, {
        hint: 'callgauge runs lists them',
      });
    }
    return {
      runId,
      fromEpochNs: epochNsFromMs(run.startedEpochMs),
      // The last spans begin before the run's end is written.
      toEpochNs: epochNsFromMs(Math.max(run.endedEpochMs, run.startedEpochMs) + 1),
    };
  };
  return {
    baseline: await sideOf(comparison.baseline),
    window: await sideOf(comparison.window),
  };
}

function noTraces(side: string, { service }: IncidentOptions): HarnessError {
  const through = service === undefined ? '' : ` through ${service}`;
  return new HarnessError('TRACE_NOT_FOUND', `no trace${through} begins in the ${side}`, {
    hint: 'callgauge traces lists what there is and when it began; look at the zone of the times',
  });
}
