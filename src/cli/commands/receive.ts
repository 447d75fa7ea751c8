import type { Command } from 'commander';

import { startOtlpHttpReceiver, type ReceiverCounters } from '../../ingest/index.ts';
import { openStore } from '../../store/index.ts';
import { parseListenAddress } from '../run/listen-address.ts';
import { listenForStop } from '../signals.ts';
import { storeOptions, withStoreOptions, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/** Adds `callgauge receive`: an OTLP receiver on its own, until Ctrl-C. */
export function addReceive(program: Command, terminal: Terminal): void {
  withStoreOptions(program.command('receive'))
    .description("take services' spans over OTLP/HTTP into the store until Ctrl-C")
    .option('--listen <[host:]port>', 'where to listen', '127.0.0.1:4318')
    .addHelpText('after', '\nExample:\n  callgauge receive --listen 4318')
    .action(async (options: StoreOptions & { listen: string }) => {
      const { host, port } = parseListenAddress(options.listen, '--listen');
      const stop = listenForStop();
      const store = await openStore(storeOptions(options));
      try {
        const accept = store.sink.writeSpans.bind(store.sink);
        const receiver = await startOtlpHttpReceiver({ host, port, accept });
        terminal.progress(
          `receiving at ${receiver.url}/v1/traces, storing at ${store.description}`,
        );
        await new Promise<void>((resolve) => stop.onStop(resolve));
        await receiver.close();
        terminal.progress(receivedText(receiver.counters, store.sink.quarantinedSpans));
      } finally {
        await store.close();
        stop.dispose();
      }
    });
}

function receivedText(counters: ReceiverCounters, quarantined: number): string {
  const { spans, rejectedSpans, unavailable } = counters;
  const text = `${spans - quarantined} spans stored`;
  const rejected = rejectedSpans + quarantined;
  return [
    text,
    ...(rejected === 0 ? [] : [`${rejected} rejected, their ids or times being impossible`]),
    ...(unavailable === 0
      ? []
      : [`${unavailable} requests sent back, the store being full or away`]),
  ].join(', ');
}
