import type { FaultWindow, Span } from '../../src/core/index.ts';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { run, type RunOptions } from '../../src/run/index.ts';
import { checkedScenario, planScenario } from '../../src/run/prepare/index.ts';
import { QUIET_SINK } from '../run/quiet-sink.ts';

/** What a run that nothing was stored of had. */
export interface RanScenario {
  readonly spans: readonly Span[];
  /** The last of each fault stands last. */
  readonly windows: readonly FaultWindow[];
  readonly notes: readonly string[];
}

const NO_SOURCE = {} as Parameters<typeof planScenario>[1];

/** Carries out the scenario of a file in this process; `noted` hears its lines for people. */
export async function ranScenario(
  file: string,
  changes: Partial<RunOptions> = {},
  noted: (note: string) => void = () => undefined,
): Promise<RanScenario> {
  const spans: Span[] = [];
  const windows: FaultWindow[] = [];
  const notes: string[] = [];
  await run({
    scenario: await planScenario(await checkedScenario(file), NO_SOURCE, () => undefined),
    store: {
      sink: {
        ...QUIET_SINK,
        writeSpans: async (batch) => void spans.push(...batch),
        writeFaultWindows: async (_runId, batch) => void windows.push(...batch),
        quarantinedSpans: 0,
      },
    },
    observer: {
      begun: () => undefined,
      note: (note) => {
        notes.push(note);
        noted(note);
      },
      second: () => undefined,
      loadEnded: () => undefined,
    },
    signal: new AbortController().signal,
    harnessVersion: '0.0.0',
    metrics: undefined,
    receive: { host: '127.0.0.1', port: 0 },
    receiveWaitNs: 5 * NS_PER_SEC,
    proxyAdmin: undefined,
    watchProxies: undefined,
    allowedHosts: [],
    allowRemoteListen: false,
    env: {},
    ...changes,
  });
  return { spans, windows, notes };
}
