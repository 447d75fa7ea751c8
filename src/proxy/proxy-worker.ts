import { parentPort, workerData } from 'node:worker_threads';
import { epochNowMs, HarnessError, invariant, systemClock } from '../core/index.ts';
import type { ProxyCommand, ProxyMessage, ProxyRequest, ProxyWorkerData } from './host-messages.ts';
import { TcpProxy } from './tcp-proxy.ts';

/**
 * The proxies' thread. They have one of their own so that nothing the run does elsewhere delays the
 * bytes that pass through them.
 */
async function main(): Promise<void> {
  const port = parentPort;
  invariant(port, 'proxy-worker runs in a worker thread');
  const send = (message: ProxyMessage): void => port.postMessage(message);
  const { proxies: specs, seed } = workerData as ProxyWorkerData;
  const clock = systemClock();
  const proxies = new Map<string, TcpProxy>();
  const addresses = new Map<string, string>();
  try {
    for (const spec of specs) {
      const proxy = new TcpProxy(spec, seed, clock);
      addresses.set(spec.name, await proxy.listen());
      proxies.set(spec.name, proxy);
    }
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    await closeAll(proxies);
    send({ type: 'listen-failed', message: error.message, hint: error.hint });
    // Stays until it is ended: a thread that exits at once may be gone before its word is read.
    port.on('message', () => undefined);
    return;
  }
  port.on('message', ({ id, command }: ProxyRequest) => {
    void obey(proxies, command, id).then((answer) => {
      send(answer);
      if (command.type === 'close') port.close();
    });
  });
  send({ type: 'listening', addresses });
}

async function obey(
  proxies: ReadonlyMap<string, TcpProxy>,
  command: ProxyCommand,
  id: number,
): Promise<ProxyMessage> {
  switch (command.type) {
    case 'add':
      proxyNamed(proxies, command.proxy).addToxic(command.toxic);
      break;
    case 'remove':
      proxyNamed(proxies, command.proxy).removeToxic(command.name);
      break;
    case 'stats': {
      const stats = new Map([...proxies].map(([name, proxy]) => [name, proxy.stats()]));
      return { type: 'stats', id, stats };
    }
    case 'close':
      await closeAll(proxies);
      break;
  }
  return { type: 'done', id, atEpochMs: epochNowMs() };
}

async function closeAll(proxies: ReadonlyMap<string, TcpProxy>): Promise<void> {
  await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
}

function proxyNamed(proxies: ReadonlyMap<string, TcpProxy>, name: string): TcpProxy {
  const proxy = proxies.get(name);
  invariant(proxy, `proxy ${name} is of this host`);
  return proxy;
}

await main();
