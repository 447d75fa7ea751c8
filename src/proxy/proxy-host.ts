import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  type Completion,
  errorText,
  HarnessError,
  invariant,
  siblingModule,
} from '../core/index.ts';
import { NO_TOUCHES, type Toxic, type ProxySpec, type Touches } from '../toxics/index.ts';
import {
  receivedError,
  type ProxyCall,
  type ProxyMessage,
  type ProxyMethod,
  type ProxyMethods,
  type ProxyWorkerData,
} from './host-messages.ts';
import type { ProxyControl, ProxyState } from './proxy-control.ts';
import type { ProxyStats } from './proxy-stats.ts';
import type { ProxyChange } from './tcp-proxy.ts';
import type { ToxicChange } from './toxic-set.ts';

/** Proxies in a thread of their own. */
export interface ProxyHost extends ProxyControl {
  /**
   * Returns the `host:port` on which the proxy of this name listens, or listened last, from what
   * this host started, made or changed.
   */
  address(proxy: string): string;
  /**
   * Returns what toxics touched since the last time, where the proxies belong to a run or tell
   * anyone: all that was done before it was asked. May be called after `close`, for what was
   * touched up to then.
   */
  takeTouches(): Promise<Touches>;
}

/**
 * Starts the proxies and resolves when all of them listen. `seed` governs every draw of their
 * toxics; `runId` is that of the run to which they belong; those that `tellsAnyone` belong to none,
 * and tell of touches from the first time on that they are asked. Should the thread die before
 * `close`, `onFailure` is called once with PROXY_FAILED, and calls on the host reject with the same
 * error.
 * @throws LISTEN_FAILED when one of the addresses cannot be listened on; none is then.
 */
export async function startProxyHost(options: {
  readonly proxies: readonly ProxySpec[];
  readonly seed: number;
  readonly runId?: string;
  readonly tellsAnyone?: boolean;
  readonly onFailure: (error: HarnessError) => void;
}): Promise<ProxyHost> {
  const { proxies, seed, runId, tellsAnyone = false } = options;
  const data: ProxyWorkerData = { proxies, seed, runId, tellsAnyone };
  const worker = new Worker(siblingModule(import.meta.url, 'proxy-worker'), { workerData: data });
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  const first = await firstMessage(worker, exited);
  if (first.type === 'not-listening') {
    await worker.terminate();
    throw receivedError(first.error);
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
  resolve(result: unknown): void;
  reject(error: HarnessError): void;
}

/** The result of a method of the control. */
type Result<M extends ProxyMethod> = Awaited<ReturnType<ProxyMethods[M]>>;

class WorkerProxyHost implements ProxyHost {
  readonly #worker: Worker;
  readonly #addresses: Map<string, string>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<unknown>;
  readonly #onFailure: (error: HarnessError) => void;
  #nextId = 0;
  #closing: Promise<void> | undefined;
  #failure: HarnessError | undefined;
  #lastTouches: Touches = NO_TOUCHES;

  constructor(
    worker: Worker,
    addresses: ReadonlyMap<string, string>,
    onFailure: (error: HarnessError) => void,
  ) {
    this.#worker = worker;
    this.#addresses = new Map(addresses);
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

  proxies(): Promise<readonly ProxyState[]> {
    return this.#ask('proxies');
  }

  proxy(name: string): Promise<ProxyState> {
    return this.#ask('proxy', name);
  }

  async create(...args: Parameters<ProxyControl['create']>): Promise<ProxyState> {
    return this.#noted(await this.#ask('create', ...args));
  }

  async update(name: string, change: ProxyChange): Promise<ProxyState> {
    return this.#noted(await this.#ask('update', name, change));
  }

  async remove(name: string): Promise<void> {
    await this.#ask('remove', name);
    this.#addresses.delete(name);
  }

  addToxic(proxy: string, toxic: Toxic): Promise<Completion> {
    return this.#ask('addToxic', proxy, toxic);
  }

  updateToxic(proxy: string, toxic: string, change: ToxicChange): Promise<Completion> {
    return this.#ask('updateToxic', proxy, toxic, change);
  }

  removeToxic(proxy: string, toxic: string): Promise<Completion> {
    return this.#ask('removeToxic', proxy, toxic);
  }

  reset(): Promise<void> {
    return this.#ask('reset');
  }

  stats(): Promise<ReadonlyMap<string, ProxyStats>> {
    return this.#ask('stats');
  }

  async takeTouches(): Promise<Touches> {
    if (!this.#closing) return this.#ask('takeTouches');
    await this.#closing;
    const last = this.#lastTouches;
    this.#lastTouches = NO_TOUCHES;
    return last;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#failure) {
      this.#lastTouches = await this.#ask('takeTouches');
      await this.#ask('close');
    }
    await this.#exited;
  }

  #noted(state: ProxyState): ProxyState {
    this.#addresses.set(state.name, state.listen);
    return state;
  }

  async #ask<M extends ProxyMethod>(
    method: M,
    ...args: Parameters<ProxyMethods[M]>
  ): Promise<Result<M>> {
    if (this.#failure) throw this.#failure;
    const call: ProxyCall = { id: this.#nextId++, method, args };
    const result = await new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(call.id, { resolve, reject });
      this.#worker.postMessage(call);
    });
    return result as Result<M>;
  }

  #answer(message: ProxyMessage): void {
    invariant('id' in message, 'the proxies speak only when asked');
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'done') waiting?.resolve(message.result);
    else waiting?.reject(receivedError(message.error));
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
