import { hashText, type Ns, type Span } from '../core/index.ts';
import { SpanTableBuilder, type SpanTable } from './span-table.ts';

/** Which traces of a run are read for the calls of one step. */
export interface StepSelection {
  readonly runId: string;
  /** When the run began and ended. */
  readonly fromEpochNs: bigint;
  readonly toEpochNs: bigint;
  readonly step: string;
  readonly phases: readonly string[];
  /** Whether a call is slow is told by its response time, or by the time of each attempt. */
  readonly clock: 'response' | 'service';
  /** Traces with a call that took longer, or ended so, are read apart from the others. */
  readonly slowerThanNs: Ns;
  readonly outcomes: readonly string[];
  /** Of either sort so many traces at most, drawn by a hash of their ids. */
  readonly tracesMax: number;
}

/** Reads traces by what calls of a step in them did. */
export interface StepTraces {
  /** Returns whole traces, with all attributes. */
  tracesOfStep(selection: StepSelection): Promise<SpanTable>;
}

/** Returns the traces of steps that lie in memory. */
export function memoryStepTraces(spans: readonly Span[]): StepTraces {
  return {
    tracesOfStep: async (selection) => {
      const { step, phases } = selection;
      const calls = spans.filter(
        ({ traceId, serviceName, parentSpanId, name, attributes }) =>
          traceId.startsWith(selection.runId) &&
          serviceName === 'callgauge' &&
          parentSpanId === '' &&
          name === step &&
          phases.includes(attributes['callgauge.phase'] ?? ''),
      );
      const bad = new Set(
        calls.filter((span) => isChosen(span, selection)).map(({ traceId }) => traceId),
      );
      const all = new Set(calls.map(({ traceId }) => traceId));
      const drawn = (ids: Iterable<string>): readonly string[] =>
        [...ids]
          .toSorted((a, b) => hashText(a) - hashText(b) || (a < b ? -1 : 1))
          .slice(0, selection.tracesMax);
      const read = new Set([...drawn(bad), ...drawn([...all].filter((id) => !bad.has(id)))]);
      const builder = new SpanTableBuilder();
      for (const span of spans) if (read.has(span.traceId)) builder.add(span);
      return builder.build();
    },
  };
}

function isChosen(
  { attributes, durationNs }: Span,
  { clock, slowerThanNs, outcomes }: StepSelection,
): boolean {
  const tookNs =
    clock === 'service' ? Number(durationNs) : Number(attributes['callgauge.response_ns'] ?? 0);
  const ended = attributes['callgauge.call.outcome'] ?? attributes['callgauge.outcome'] ?? '';
  return tookNs > slowerThanNs || outcomes.includes(ended);
}
