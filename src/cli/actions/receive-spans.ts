import { receivedText, startOtlpReceiver } from '../../ingest/index.ts';
import { openStore } from '../../store/index.ts';
import type { HostOptions } from '../host-options.ts';
import { checkLimits } from '../command-limits.ts';
import { parseListenAddress } from '../listen-address.ts';
import { listenForStop } from '../signals.ts';
import { storeOptions, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Takes spans over OTLP/HTTP into the store until the user stops it.
 * @throws USAGE_INVALID, LISTEN_FAILED; what opening the store throws
 */
export async function receiveSpans(
  options: StoreOptions & HostOptions & { readonly listen: string },
  terminal: Terminal,
): Promise<void> {
  checkLimits('receive');
  const { host, port } = parseListenAddress(options.listen, '--listen');
  const stop = listenForStop();
  const onNotice = (text: string): void => terminal.progress(text);
  const opening = openStore({ ...storeOptions(options), onNotice, signal: stop.signal });
  const store = await opening.finally(() => stop.signal.aborted && stop.dispose());
  const { sink } = store;
  try {
    const receiver = await startOtlpReceiver({
      host,
      port,
      allowedHosts: options.allowHost,
      accept: (block) => sink.writeSpanBlock(block),
      onNotice,
    });
    terminal.progress(`receiving at ${receiver.url}/v1/traces, storing at ${store.description}`);
    await new Promise<void>((resolve) => stop.onStop(resolve));
    await receiver.close();
    terminal.progress(receivedText(receiver.counters));
  } finally {
    await store.close();
    stop.dispose();
  }
}
