import { findIncident } from '../../src/incident/index.ts';
import { incidentDocument, renderDocument, renderTrace } from '../../src/report/index.ts';
import { renderGraph } from '../../src/report/terminal/graph-table.ts';
import { renderOperations } from '../../src/report/terminal/operations-table.ts';
import { renderTraces } from '../../src/report/terminal/traces-table.ts';
import { findTrace } from '../../src/run/stored/find-trace.ts';
import {
  forestOf,
  GRAPH_ATTRIBUTES,
  PATH_ATTRIBUTES,
  pathTimesOf,
  pathTotals,
  serviceGraphOf,
} from '../../src/spans/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import type { FilledTime } from './fill-store.ts';
import type { Answered, Asked } from './question.ts';

/**
 * Answers one question again and again, each time that it is asked, by the code of the commands and
 * the text that they print: a process of its own, for its memory. The store is open all the while.
 */
const STYLE = { width: 120, color: false };
const [dir = ''] = process.argv.slice(2);
const reader = await openSpans({ dir });
process.send?.({ seconds: 0, cpuSec: 0, rssPeakBytes: 0, text: '' } satisfies Answered);
process.on('message', (asked: Asked) => void answer(asked));
process.once('disconnect', () => void reader.close());

async function answer(asked: Asked): Promise<void> {
  const startMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const text = await ANSWERS[asked.kind](reader, asked);
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const rssPeakBytes = process.resourceUsage().maxRSS * 1_024;
  const cpuSec = (user + system) / 1e6;
  process.send?.({ seconds, cpuSec, rssPeakBytes, text: text.slice(0, 400) } satisfies Answered);
}

const ANSWERS: Readonly<
  Record<Asked['kind'], (from: SpanReader, asked: Asked) => Promise<string>>
> = {
  trace: async ({ source }, { traceId }) => {
    const { spans } = await findTrace(source, [traceId]);
    return renderTrace(spans, STYLE);
  },
  operations: async ({ operations }) => renderOperations(await operations.operationsOf({}), STYLE),
  'failed traces': async ({ finder }, { service }) => {
    const found = await finder.find({
      ...{ serviceName: service, failed: true, attributes: [], order: 'newest', limit: 20 },
    });
    return renderTraces(found, { ...STYLE, showsMatches: true });
  },
  graph: async ({ windows }, { time, tracesMax }) => {
    const { table, tracesInAll } = await windows.spansIn(
      rangeOf(time),
      tracesMax,
      GRAPH_ATTRIBUTES,
    );
    const graph = serviceGraphOf(forestOf(table), 'operation');
    const msOf = (epochNs: string): number => Number(BigInt(epochNs) / 1_000_000n);
    const seen = { fromEpochMs: msOf(time[0]), toEpochMs: msOf(time[1]) };
    return renderGraph({ graph, tracesInAll, runId: '', ...seen }, STYLE);
  },
  'critical path': async ({ windows }, { time, tracesMax }) => {
    const { table, tracesInAll } = await windows.spansIn(rangeOf(time), tracesMax, PATH_ATTRIBUTES);
    const times = pathTimesOf(forestOf(table));
    const totals = pathTotals(times);
    const [most] = totals;
    const key = most === undefined ? undefined : times.keys[most.key];
    const name = `${table.names[key?.service ?? 0] ?? ''} ${table.names[key?.operation ?? 0] ?? ''}`;
    return `${table.traceCount} of ${tracesInAll} traces, ${totals.length} places; most in ${name}`;
  },
  incident: async ({ windows, description }, { time, baseline, tracesMax }) => {
    const [before, now] = [rangeOf(baseline), rangeOf(time)];
    const was = await windows.spansIn(before, tracesMax);
    const is = await windows.spansIn(now, tracesMax);
    const incident = findIncident(was.table, is.table, {
      seed: 1,
      tracesInAll: { baseline: was.tracesInAll, window: is.tracesInAll },
    });
    const sides = { baseline: before, window: now };
    const report = { incident, ...sides, storedAt: description, command: (text: string) => text };
    const first = incident.causes[0]?.service ?? 'none';
    return `first cause: ${first}\n${renderDocument(incidentDocument(report), STYLE)}`;
  },
};

function rangeOf([from, to]: Asked['time']): FilledTime {
  return { fromEpochNs: BigInt(from), toEpochNs: BigInt(to) };
}
