import type { SpanWindows, StepTraces } from '../spans/index.ts';
import type { Store } from './open-store.ts';
import { storedSpanWindows } from './span-windows.ts';
import { storedStepTraces } from './step-traces.ts';

/** Reads the traces of runs; a file of its own, for commands that read no trace do without it. */
export function storedTraces({ connection, layout }: Pick<Store, 'connection' | 'layout'>): {
  readonly steps: StepTraces;
  readonly windows: SpanWindows;
  readonly noAttributes: string;
} {
  return {
    steps: storedStepTraces(connection, layout),
    windows: storedSpanWindows(connection, layout),
    noAttributes: '',
  };
}
