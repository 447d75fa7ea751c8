import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrokenCircuitError, BulkheadRejectedError } from 'cockatiel';
import CircuitBreaker from 'opossum';
import { fetch as undiciFetch, type Dispatcher } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import type { ExportedEdge } from '../../../src/advise/stacks/index.ts';
import { freePort } from '../free-port.ts';
import { CountingUpstream } from './counting-upstream.ts';
import {
  caseName,
  CASES,
  CUT_OFF_MS,
  EDGES,
  ENDS_MS,
  exported,
  leastMs,
  soonestMs,
  type Kind,
} from './exported-policies.ts';
import { CONCURRENT, PROTECTED, type Protected } from './protected-edges.ts';

/** Where modules find the packages of the project. */
const CACHE = resolve(import.meta.dirname, '../../../node_modules/.cache');

let folder: string;
let upstream: CountingUpstream;
/** Nobody listens there. */
let deadPort: number;

beforeAll(async () => {
  mkdirSync(CACHE, { recursive: true });
  folder = mkdtempSync(join(CACHE, 'exports-'));
  upstream = await CountingUpstream.start(1);
  deadPort = await freePort();
});
afterAll(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

async function moduleOf<T>(
  stack: string,
  edges: readonly ExportedEdge[] = Object.values(EDGES),
): Promise<T> {
  const file = join(folder, `${stack}-${edges.length}.mjs`);
  writeFileSync(file, exported(stack, edges));
  return (await import(pathToFileURL(file).href)) as T;
}

function requestTo(port: number, kind: Kind) {
  const { httpMethod: method, path } = EDGES[kind].request;
  return [`http://127.0.0.1:${port}${path}`, { method }] as const;
}

function upstreamPort(): number {
  return upstream.ports[0] ?? 0;
}

describe('cockatiel with the exported module', () => {
  interface Policies {
    readonly policies: Record<
      Kind,
      { execute(call: (context: { signal: AbortSignal }) => Promise<Response>): Promise<Response> }
    >;
  }
  let policies: Policies['policies'];
  beforeAll(async () => {
    ({ policies } = await moduleOf<Policies>('cockatiel'));
  });

  it.each(CASES.map((each) => [caseName(each), each] as const))('%s', async (_, each) => {
    upstream.answerWith(...each.answers);
    const [url, init] = requestTo(upstreamPort(), each.kind);
    const began = performance.now();
    const ended = await policies[each.kind]
      .execute(async ({ signal }) => fetch(url, { ...init, signal }))
      .then(({ status }) => status === 200)
      .catch(() => false);
    expect(performance.now() - began).toBeGreaterThanOrEqual(leastMs(each));
    expect(ended).toBe(each.ends === 'well');
    expect(upstream.attempts).toHaveLength(each.attempts);
  });

  it.each<[Kind, number]>([
    ['again', 3],
    ['connect', 2],
    ['once', 1],
  ])('%s: %i attempts where nobody listens', async (kind, attempts) => {
    const [url, init] = requestTo(deadPort, kind);
    let made = 0;
    const call = policies[kind].execute(async ({ signal }) => {
      made += 1;
      return fetch(url, { ...init, signal });
    });
    await expect(call).rejects.toThrow('fetch failed');
    expect(made).toBe(attempts);
  });

  it('ends a call at its total, whatever attempts are left', async () => {
    upstream.answerWith('hang');
    const [url, init] = requestTo(upstreamPort(), 'ends-hang');
    const began = performance.now();
    const call = policies['ends-hang'].execute(async ({ signal }) =>
      fetch(url, { ...init, signal }),
    );
    await expect(call).rejects.toThrow(`timed out after ${ENDS_MS}ms`);
    expect(performance.now() - began).toBeGreaterThanOrEqual(soonestMs(ENDS_MS));
    expect(upstream.attempts.length).toBeLessThanOrEqual(2);
  });
});

describe('what protects a caller, with cockatiel', () => {
  interface Policies {
    readonly policies: Record<Protected, { execute(call: () => unknown): Promise<unknown> }>;
  }
  let policies: Policies['policies'];
  beforeAll(async () => {
    ({ policies } = await moduleOf<Policies>('cockatiel', Object.values(PROTECTED)));
  });

  it('refuses calls past its bulkhead at once', async () => {
    const { promise, resolve: end } = Promise.withResolvers<number>();
    const calls = Array.from({ length: CONCURRENT }, () => policies.crowded.execute(() => promise));
    await expect(policies.crowded.execute(() => 1)).rejects.toThrow(BulkheadRejectedError);
    end(7);
    expect(await Promise.all(calls)).toEqual(calls.map(() => 7));
    expect(await policies.crowded.execute(() => 1)).toBe(1);
  });

  it('opens its breaker by failures, not by what the caller does wrong, and tries again', async () => {
    const ask = (status: number) => policies.broken.execute(() => ({ status }));
    for (let i = 0; i < 40; i++) expect(await ask(404)).toEqual({ status: 404 });
    await vi.waitFor(async () => expect(ask(503)).rejects.toThrow(BrokenCircuitError), {
      timeout: 30_000,
      interval: 1,
    });
    await vi.waitFor(async () => expect(await ask(200)).toEqual({ status: 200 }), {
      timeout: 30_000,
      interval: 20,
    });
  });
});

describe('undici with the exported module', () => {
  interface Clients {
    readonly clients: Record<Kind, { dispatcher: Dispatcher; signal: () => AbortSignal }>;
  }
  let clients: Clients['clients'];
  beforeAll(async () => {
    ({ clients } = await moduleOf<Clients>('undici'));
  });
  afterAll(async () => {
    for (const { dispatcher } of Object.values(clients)) await dispatcher.destroy();
  });

  async function call(port: number, kind: Kind): Promise<boolean> {
    const [url, init] = requestTo(port, kind);
    const { dispatcher, signal } = clients[kind];
    try {
      const answer = await undiciFetch(url, { ...init, dispatcher, signal: signal() });
      await answer.text();
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  // Its timers are late, so that the total may end a call before the last attempt is cut off.
  const prompt = CASES.filter(({ kind, attempts }) => kind !== 'again-hang' || attempts === 2);
  it.each(prompt.map((each) => [caseName(each), each] as const))('%s', async (_, each) => {
    upstream.answerWith(...each.answers);
    const began = performance.now();
    expect(await call(upstreamPort(), each.kind)).toBe(each.ends === 'well');
    // Its clock ticks in half seconds, and cuts off up to one of them early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(leastMs(each) - 500);
    expect(upstream.attempts).toHaveLength(each.attempts);
  });

  it('ends a call at its total, whatever attempts are left', async () => {
    upstream.answerWith('hang');
    const began = performance.now();
    expect(await call(upstreamPort(), 'ends-hang')).toBe(false);
    expect(performance.now() - began).toBeGreaterThanOrEqual(soonestMs(ENDS_MS));
    expect(upstream.attempts.length).toBeLessThanOrEqual(2);
  });

  it('has as many connections as its bulkhead lets calls through; further ones wait', async () => {
    const { crowded } = PROTECTED;
    const made = await moduleOf<{ clients: Record<'crowded', Clients['clients'][Kind]> }>(
      'undici',
      [crowded],
    );
    const own = made.clients.crowded;
    upstream.answerWith('hang');
    const target = `http://127.0.0.1:${upstreamPort()}/crowded`;
    const calls = Array.from({ length: 3 * CONCURRENT }, async () =>
      undiciFetch(target, { dispatcher: own.dispatcher, signal: own.signal() })
        .then(async (answer) => (await answer.text()) === 'ok')
        .catch(() => false),
    );
    await vi.waitFor(() => expect(upstream.attempts).toHaveLength(CONCURRENT), {
      timeout: 30_000,
      interval: 20,
    });
    // Those that were held fail as their connections end: had more been sent, more would fail.
    upstream.answerWith(200);
    const well = (await Promise.all(calls)).filter(Boolean).length;
    expect(well).toBe(2 * CONCURRENT);
    expect(upstream.attempts).toHaveLength(2 * CONCURRENT);
    await own.dispatcher.destroy();
  });

  it.each<[Kind, number]>([
    ['again', 3],
    ['connect', 2],
    ['once', 1],
  ])('%s: %i attempts where nobody listens', async (kind, attempts) => {
    let dialled = 0;
    const count = (): void => {
      dialled += 1;
    };
    subscribe('undici:client:connectError', count);
    expect(await call(deadPort, kind)).toBe(false);
    unsubscribe('undici:client:connectError', count);
    expect(dialled).toBe(attempts);
  });
});

describe('opossum with the exported module', () => {
  interface Options {
    readonly options: Record<Kind, CircuitBreaker.Options>;
  }
  let options: Options['options'];
  beforeAll(async () => {
    ({ options } = await moduleOf<Options>('opossum'));
  });

  it('makes one attempt, and gives up on it at the timeout', async () => {
    upstream.answerWith('hang');
    const [url, init] = requestTo(upstreamPort(), 'again-hang');
    const breaker = new CircuitBreaker(async () => fetch(url, init), options['again-hang']);
    const began = performance.now();
    await expect(breaker.fire()).rejects.toThrow(`Timed out after ${CUT_OFF_MS}ms`);
    expect(performance.now() - began).toBeGreaterThanOrEqual(soonestMs(CUT_OFF_MS));
    expect(upstream.attempts).toHaveLength(1);
    breaker.shutdown();
    upstream.answerWith(200);
  });

  it('refuses calls past its capacity, which opens nothing', async () => {
    const own = await moduleOf<{ options: Record<Protected, CircuitBreaker.Options> }>(
      'opossum',
      Object.values(PROTECTED),
    );
    const { promise, resolve: end } = Promise.withResolvers<number>();
    const breaker = new CircuitBreaker(async () => promise, own.options.crowded);
    const calls = Array.from({ length: CONCURRENT }, async () => breaker.fire());
    for (let i = 0; i < 40; i++) {
      await expect(breaker.fire()).rejects.toMatchObject({ code: 'ESEMLOCKED' });
    }
    expect(breaker.opened).toBe(false);
    end(7);
    expect(await Promise.all(calls)).toEqual(calls.map(() => 7));
    breaker.shutdown();
  });

  it('opens by twenty failed calls, and not by the first', async () => {
    const breaker = new CircuitBreaker(async () => {
      throw new Error('down');
    }, options.again);
    const opened = once(breaker, 'open');
    for (let i = 0; i < 19; i++) {
      await expect(breaker.fire()).rejects.toThrow('down');
      expect(breaker.opened).toBe(false);
    }
    for (let i = 0; i < 3 && !breaker.opened; i++) {
      await expect(breaker.fire()).rejects.toThrow(/down|open/u);
    }
    await opened;
    await expect(breaker.fire()).rejects.toThrow('Breaker is open');
    breaker.shutdown();
  });
});
