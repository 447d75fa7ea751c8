import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { HarnessError, invariant, preciseClock } from '../core/index.ts';
import {
  sentError,
  type ProxyCall,
  type ProxyMessage,
  type ProxyMethod,
  type ProxyWorkerData,
} from './host-messages.ts';
import { ProxySet } from './proxy-set.ts';
import { TouchLog } from './touch-log.ts';

/**
 * The proxies' thread. They have one of their own so that nothing the run does elsewhere delays the
 * bytes that pass through them.
 */
async function main(): Promise<void> {
  const port = parentPort;
  invariant(port, 'proxy-worker runs in a worker thread');
  const send = (message: ProxyMessage): void => port.postMessage(message);
  const { proxies, seed, runId, tellsAnyone } = workerData as ProxyWorkerData;
  const clock = preciseClock();
  const ofRun = runId === undefined ? {} : { runId, touches: new TouchLog({ runId }) };
  const ofAnyone = tellsAnyone ? { touches: new TouchLog({ untilAsked: true }) } : {};
  const set = new ProxySet({ clock, seed, ...ofAnyone, ...ofRun });
  const addresses = new Map<string, string>();
  try {
    for (const spec of proxies) addresses.set(spec.name, (await set.create(spec)).listen);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    await set.close();
    clock.close();
    send({ type: 'not-listening', error: sentError(error) });
    // Stays until it is ended: a thread that exits at once may be gone before its word is read.
    port.on('message', () => undefined);
    return;
  }
  port.on('message', (call: ProxyCall) => {
    void answerTo(set, call).then((answer) => {
      send(answer);
      if (call.method === 'close') end(port, clock);
    });
  });
  send({ type: 'listening', addresses });
}

function end(port: MessagePort, clock: { close(): void }): void {
  clock.close();
  port.close();
}

/** Returns the answer to a call. A bug ends the thread instead, and the host hears of that. */
async function answerTo(set: ProxySet, { id, method, args }: ProxyCall): Promise<ProxyMessage> {
  const methods: Record<ProxyMethod, (...args: never[]) => Promise<unknown>> = set;
  try {
    return { type: 'done', id, result: await methods[method](...(args as never[])) };
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return { type: 'refused', id, error: sentError(error) };
  }
}

await main();
