import { findIncident } from '../../incident/index.ts';
import {
  incidentDocument,
  renderDocument,
  renderIncidentJson,
  renderMarkdown,
  type ComparedTraces,
} from '../../report/index.ts';
import type { SelectedSpans } from '../../spans/index.ts';
import { comparedSides, readTraces } from '../incident-sides.ts';
import { comparisonOf, seedOf, type IncidentOptions } from '../incident-times.ts';
import { commandLineOf, type ReadOptions, type SpanOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';
import { withSpans } from './with-spans.ts';

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
  const serviceName = options.service === undefined ? {} : { serviceName: options.service };
  await withSpans(options, terminal, async (reader) => {
    const sides = await comparedSides(comparison, reader, { seed, ...serviceName });
    if (sides === undefined) {
      const text = 'no part of the time stands out by rate, errors or durations of its roots';
      if (options.json) terminal.json(renderIncidentJson(undefined));
      else terminal.prose(`Nothing explains a change: ${text}.`);
      return;
    }
    if (sides.why !== undefined) terminal.progress(sides.why);
    const read = async (side: ComparedTraces, where: string): Promise<SelectedSpans> =>
      readTraces(reader, { ...side, ...serviceName }, where);
    const baseline = await read(sides.baseline, 'in the baseline');
    const window = await read(sides.window, sides.whereFound ?? 'in the window');
    const report = {
      incident: findIncident(baseline.table, window.table, {
        seed,
        tracesInAll: { baseline: baseline.tracesInAll, window: window.tracesInAll },
      }),
      baseline: sides.baseline,
      window: sides.window,
      ...serviceName,
      storedAt: reader.description,
      command: commandLineOf(options),
    };
    const { json, markdown } = options;
    if (json) terminal.json(renderIncidentJson(report));
    else if (markdown)
      terminal.out(...renderMarkdown(incidentDocument(report)).trimEnd().split('\n'));
    else terminal.styled(renderDocument(incidentDocument(report), terminal));
  });
}
