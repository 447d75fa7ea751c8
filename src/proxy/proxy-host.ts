import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { errorText, HarnessError, invariant, siblingModule, type Ms } from '../core/index.ts';
import type { Toxic } from '../faults/index.ts';
import type { ProxyCommand, ProxyMessage, ProxyRequest, ProxyWorkerData } from './host-messages.ts';
import type { ProxySpec } from './proxy-control.ts';
import type { ProxyStats } from './proxy-stats.ts';

/** When a toxic was put on or taken off: wall time, ms since the Unix epoch, with fractions. */
export interface ToxicMoment {
  readonly atEpochMs: Ms;
}

/** The proxies of a run, listening in a thread of their own. */
export interface ProxyHost {
  /** Returns the `host:port` on which the proxy of this name listens. */
  address(proxy: string): string;
  /** Puts a toxic on a proxy, on live connections too. Resolves when it is at work. */
  addToxic(proxy: string, toxic: Toxic): Promise<ToxicMoment>;
  /** Takes a toxic off; what it held goes on its way. Resolves when that is done. */
  removeToxic(proxy: string, name: string): Promise<ToxicMoment>;
  /** Returns what passed each proxy so far, by name. */
  stats(): Promise<ReadonlyMap<string, ProxyStats>>;
  /** Stops listening, closes live connections, ends the thread. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts the proxies and resolves when all of them listen. `seed` governs every draw of their
 * toxics. Should the thread die before `close`, `onFailure` is called once with PROXY_FAILED, and
 * calls on the host reject with the same error.
 * @throws LISTEN_FAILED when one of the addresses cannot be listened on; none is then.
 */
export async function startProxyHost(options: {
  readonly proxies: readonly ProxySpec[];
  readonly seed: number;
  readonly onFailure: (error: HarnessError) => void;
}): Promise<ProxyHost> {
  const data: ProxyWorkerData = { proxies: options.proxies, seed: options.seed };
  const worker = new Worker(siblingModule(import.meta.url, 'proxy-worker'), { workerData: data });
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  const first = await firstMessage(worker, exited);
  if (first.type === 'listen-failed') {
    await worker.terminate();
    throw new HarnessError('LISTEN_FAILED', first.message, { hint: first.hint });
  }
  invariant(first.type === 'listening', 'the proxies say first that they listen');
  return new WorkerProxyHost(worker, first.addresses, options.onFailure);
}

async function firstMessage(worker: Worker, exited: Promise<void>): Promise<ProxyMessage> {
  try {
    const first = await Promise.race([once(worker, 'message'), exited]);
    if (first) return (first as [ProxyMessage])[0];
  } catch (error) {
    throw proxyFailed(errorText(error), error);
  }
  throw proxyFailed('their thread ended before it listened');
}

function proxyFailed(reason: string, cause?: unknown): HarnessError {
  return new HarnessError('PROXY_FAILED', `the proxies stopped: ${reason}`, {
    hint: 'This is a bug in callgauge: please report it with the scenario.',
    cause,
  });
}

interface Waiting {
  resolve(answer: ProxyMessage): void;
  reject(error: HarnessError): void;
}

class WorkerProxyHost implements ProxyHost {
  readonly #worker: Worker;
  readonly #addresses: ReadonlyMap<string, string>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<unknown>;
  readonly #onFailure: (error: HarnessError) => void;
  #nextId = 0;
  #closing: Promise<void> | undefined;
  #failure: HarnessError | undefined;

  constructor(
    worker: Worker,
    addresses: ReadonlyMap<string, string>,
    onFailure: (error: HarnessError) => void,
  ) {
    this.#worker = worker;
    this.#addresses = addresses;
    this.#onFailure = onFailure;
    this.#exited = new Promise((resolve) => {
      worker.once('exit', resolve);
    });
    worker.on('message', (message: ProxyMessage) => this.#answer(message));
    worker.on('error', (cause) => this.#fail(errorText(cause), cause));
    worker.on('exit', () => this.#fail('the thread ended'));
  }

  address(proxy: string): string {
    const address = this.#addresses.get(proxy);
    invariant(address, `proxy ${proxy} is of this host`);
    return address;
  }

  addToxic(proxy: string, toxic: Toxic): Promise<ToxicMoment> {
    return this.#ask({ type: 'add', proxy, toxic }, 'done');
  }

  removeToxic(proxy: string, name: string): Promise<ToxicMoment> {
    return this.#ask({ type: 'remove', proxy, name }, 'done');
  }

  async stats(): Promise<ReadonlyMap<string, ProxyStats>> {
    return (await this.#ask({ type: 'stats' }, 'stats')).stats;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#failure) await this.#ask({ type: 'close' }, 'done');
    await this.#exited;
  }

  async #ask<T extends 'done' | 'stats'>(
    command: ProxyCommand,
    expected: T,
  ): Promise<Extract<ProxyMessage, { type: T }>> {
    if (this.#failure) throw this.#failure;
    const request: ProxyRequest = { id: this.#nextId++, command };
    const answer = await new Promise<ProxyMessage>((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
    invariant(answer.type === expected, `the proxies answer ${command.type} with ${expected}`);
    return answer as Extract<ProxyMessage, { type: T }>;
  }

  #answer(message: ProxyMessage): void {
    invariant('id' in message, 'the proxies speak only when asked');
    this.#waiting.get(message.id)?.resolve(message);
    this.#waiting.delete(message.id);
  }

  #fail(reason: string, cause?: unknown): void {
    if (this.#failure) return;
    const error = proxyFailed(reason, cause);
    this.#failure = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    if (!this.#closing) this.#onFailure(error);
  }
}
