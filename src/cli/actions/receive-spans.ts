import { receivedText, startOtlpReceiver, type OtlpReceiverOptions } from '../../ingest/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import type { SamplingRules } from '../../sampling/index.ts';
import type { HostOptions } from '../host-options.ts';
import { checkLimits } from '../command-limits.ts';
import { parseListenAddress } from '../listen-address.ts';
import { samplingRulesOf, type SamplingOptions } from '../sampling-options.ts';
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
  options: StoreOptions & HostOptions & SamplingOptions & { readonly listen?: string },
  terminal: Terminal,
): Promise<void> {
  checkLimits('receive');
  const rules = samplingRulesOf(options);
  const { host, port } = parseListenAddress(options.listen ?? '4318', '--listen');
  const alsoPort = options.listen === undefined ? GRPC_PORT : undefined;
  const stop = listenForStop();
  const onNotice = (text: string): void => terminal.progress(text);
  const leavesUndecided = rules !== undefined;
  const opening = openStore({
    ...{ ...storeOptions(options), leavesUndecided, onNotice, signal: stop.signal },
  });
  const store = await opening.finally(() => stop.signal.aborted && stop.dispose());
  try {
    const taker = rules ? await samplingInto(store, rules, onNotice) : storingInto(store);
    const receiver = await startOtlpReceiver({
      ...{ host, port, alsoPort, onNotice },
      allowedHosts: options.allowHost,
      accept: taker.accept,
      stored: taker.stored,
    });
    const { url } = receiver;
    const also = alsoPort === undefined ? '' : ` and ${alsoPort}`;
    const storing = `storing${taker.what} at ${store.description}`;
    terminal.progress(`receiving at ${url}${also} (OTLP over HTTP and gRPC), ${storing}`);
    await new Promise<void>((resolve) => stop.onStop(resolve));
    await receiver.close();
    terminal.progress(receivedText(receiver.counters, rules ? 'taken' : 'stored'));
    const told = await taker.close();
    if (told !== undefined) terminal.progress(told);
  } finally {
    await store.close();
    stop.dispose();
  }
}

/** What becomes of the spans that are received. */
interface SpanTaker extends Required<Pick<OtlpReceiverOptions, 'accept' | 'stored'>> {
  /** Which of them are stored, for people; '' for all. */
  readonly what: string;
  /** Hands on what waits, and returns what became of it, for people. */
  close(): Promise<string | undefined>;
}

function storingInto({ sink, replayed }: Store): SpanTaker {
  return {
    what: '',
    accept: (block) => sink.writeSpanBlock(block),
    stored: replayed,
    close: async () => undefined,
  };
}

async function samplingInto(
  store: Store,
  rules: SamplingRules,
  onNotice: (text: string) => void,
): Promise<SpanTaker> {
  const { startSampling } = await import('./sampled-spans.ts');
  const sampling = await startSampling(store, rules, onNotice);
  return {
    what: ' a sample',
    accept: (block) => sampling.sampler.accept(block),
    stored: [...store.replayed, ...sampling.waiting],
    close: () => sampling.close(),
  };
}
