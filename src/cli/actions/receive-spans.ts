import { receivedText, startOtlpReceiver } from '../../ingest/index.ts';
import { openStore } from '../../store/index.ts';
import type { HostOptions } from '../host-options.ts';
import { checkLimits } from '../command-limits.ts';
import { parseListenAddress } from '../listen-address.ts';
import { listenForStop } from '../signals.ts';
import { storeOptions, type StoreOptions } from '../store-options.ts';
import type { Terminal } from '../terminal.ts';

/** Where exporters of gRPC send to unless they are told; those of HTTP to 4318. */
const GRPC_PORT = 4317;

/**
 * Takes spans over OTLP into the store until the user stops it.
 * @throws USAGE_INVALID, LISTEN_FAILED; what opening the store throws
 */
export async function receiveSpans(
  options: StoreOptions & HostOptions & { readonly listen?: string },
  terminal: Terminal,
): Promise<void> {
  checkLimits('receive');
  const { host, port } = parseListenAddress(options.listen ?? '4318', '--listen');
  const alsoPort = options.listen === undefined ? GRPC_PORT : undefined;
  const stop = listenForStop();
  const onNotice = (text: string): void => terminal.progress(text);
  const opening = openStore({ ...storeOptions(options), onNotice, signal: stop.signal });
  const store = await opening.finally(() => stop.signal.aborted && stop.dispose());
  const { sink } = store;
  try {
    const receiver = await startOtlpReceiver({
      host,
      port,
      alsoPort,
      allowedHosts: options.allowHost,
      accept: (block) => sink.writeSpanBlock(block),
      stored: store.replayed,
      onNotice,
    });
    const { url } = receiver;
    const also = alsoPort === undefined ? '' : ` and ${alsoPort}`;
    terminal.progress(
      `receiving at ${url}${also} (OTLP over HTTP and gRPC), storing at ${store.description}`,
    );
    await new Promise<void>((resolve) => stop.onStop(resolve));
    await receiver.close();
    terminal.progress(receivedText(receiver.counters));
  } finally {
    await store.close();
    stop.dispose();
  }
}
