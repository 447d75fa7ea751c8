import { randomInt } from 'node:crypto';

import { epochNowMs, type Span } from '../../core/index.ts';
import type { ProxyAdmin } from '../../proxy/index.ts';
import { printable } from '../../report/index.ts';
import type { Scenario } from '../../scenario/index.ts';
import type { Store } from '../../store/index.ts';
import { newRunId } from '../../trace/index.ts';
import type { StopRequest } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { FaultMarks } from './fault-marks.ts';
import { Session } from './session.ts';
import type { ListenAddress } from './listen-address.ts';
import { serveRunAdmin } from './run-admin.ts';
import { startSurroundings } from './surroundings.ts';

export interface MeasureOptions {
  readonly scenario: Scenario;
  readonly store: Store;
  readonly terminal: Terminal;
  readonly stop: StopRequest;
  /** Where to serve Prometheus metrics; undefined for nowhere. */
  readonly metrics: ListenAddress | undefined;
  /** Where the OTLP receiver listens; port 0 takes a free one. */
  readonly receive: ListenAddress;
  /** Where the proxies' admin API listens while the run lasts; undefined for nowhere. */
  readonly proxyAdmin: ListenAddress | undefined;
}

/**
 * Carries out a scenario and returns the id of the run, once everything that it measured is durable
 * in the store. A run that was asked to stop ends early and is stored as partial.
 * @throws whatever keeps it from being carried out; nothing is left running then.
 */
export async function measure(options: MeasureOptions): Promise<string> {
  const { store, terminal } = options;
  const failure = Promise.withResolvers<never>();
  // Heard of where it is awaited; until then it is no unhandled rejection.
  failure.promise.catch(() => undefined);
  const marks = new FaultMarks();
  const runId = newRunId(epochNowMs(), randomInt(2 ** 32));
  const around = await startSurroundings({
    runId,
    scenario: options.scenario,
    receive: options.receive,
    stop: options.stop,
    acceptSpans: (spans) => store.sink.writeSpans(markAll(spans, marks)),
    onServiceExit: ({ name, code, signal, lastOutput }) => {
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      terminal.progress(`service ${name} ended ${how} while the run went on`);
      for (const line of lastOutput.split('\n')) terminal.progress(`  ${printable(line)}`);
    },
    onFailure: (error) => failure.reject(error),
  });
  const session = new Session({ ...options, around, marks, runId });
  let admin: ProxyAdmin | undefined;
  try {
    if (options.proxyAdmin) {
      admin = await serveRunAdmin(options.proxyAdmin, around);
      terminal.progress(`admin API of the proxies at ${admin.url}`);
    }
    await Promise.race([session.run((error) => failure.reject(error)), failure.promise]);
    await admin?.close();
    // Services flush their last spans as they end, and those are part of the run.
    await around.close();
    await session.finish();
    return session.runId;
  } finally {
    await admin?.close();
    await session.abandon();
    await around.close();
  }
}

function markAll(spans: readonly Span[], marks: FaultMarks): readonly Span[] {
  return spans.map((span) => marks.mark(span));
}
