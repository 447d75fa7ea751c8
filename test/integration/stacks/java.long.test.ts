import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { Workplace } from '../../cli/callgauge-process.ts';
import { exportedEdge, policyWith } from '../../advise/stacks/sample-exports.ts';
import { freePort } from '../free-port.ts';
import { installedPart } from '../installed-parts.ts';
import { CountingUpstream } from './counting-upstream.ts';
import {
  caseName,
  CASES,
  CUT_OFF_MS,
  EDGES,
  exported,
  leastMs,
  soonestMs,
  type Kind,
} from './exported-policies.ts';
import { BURST, CONCURRENT, PROTECTED } from './protected-edges.ts';

const JAVA = installedPart('java/lib');
const CLASSES = installedPart('java/classes');

const workplace = new Workplace();
const clients: JavaClient[] = [];
let upstream: CountingUpstream;
/** Nobody listens there. */
let deadPort: number;

beforeAll(async () => {
  upstream = await CountingUpstream.start(1);
  deadPort = await freePort();
});
afterAll(async () => {
  for (const client of clients) await client.end();
  await upstream.close();
  workplace.remove();
});

describe.skipIf(JAVA === undefined)('resilience4j with the exported file', () => {
  let client: JavaClient;
  beforeAll(async () => {
    const { crowded, limited } = PROTECTED;
    const edges = [...Object.values(EDGES), BREAKS, crowded, limited];
    const file = exported('resilience4j', edges);
    client = await JavaClient.start(workplace.file('resilience4j.yaml', file));
  });

  it.each(CASES.map((each) => [caseName(each), each] as const))('%s', async (_, each) => {
    upstream.answerWith(...each.answers);
    const began = performance.now();
    const ended = await client.ask(`resilience4j ${each.kind} ${url(upstream.ports[0] ?? 0)}`);
    expect(performance.now() - began).toBeGreaterThanOrEqual(leastMs(each));
    expect(ended.startsWith('well')).toBe(each.ends === 'well');
    expect(upstream.attempts).toHaveLength(each.attempts);
  });

  it.each<[Kind, number]>([
    ['again', 3],
    ['connect', 2],
    ['once', 1],
  ])('%s: %i of them where nobody listens', async (kind, attempts) => {
    const ended = await client.ask(`resilience4j ${kind} ${url(deadPort)}`);
    expect(ended).toBe(`ConnectException ${attempts}`);
  });

  it('opens its breaker when the window is full, not before', async () => {
    expect(await client.ask('breaker breaks')).toBe('well 20');
  });

  it('refuses calls past its bulkhead, until those before are over', async () => {
    upstream.answerWith('hang');
    const call = `bulkhead crowded ${url(upstream.ports[0] ?? 0)}`;
    expect(await client.ask(`${call} ${CALLS}`)).toBe(`refused ${CALLS - CONCURRENT}`);
    await vi.waitFor(() => expect(upstream.attempts).toHaveLength(CONCURRENT), WAIT);
    expect(await client.ask(`${call} 1`)).toBe('refused 1');
    upstream.answerWith(200);
    await vi.waitFor(async () => expect(await client.ask(`${call} 1`)).toBe('well 0'), WAIT);
    await vi.waitFor(() => expect(upstream.attempts).toHaveLength(1), WAIT);
  });

  it('limits the rate past a burst, until the next period', async () => {
    upstream.answerWith(200);
    const call = `ratelimiter limited ${url(upstream.ports[0] ?? 0)}`;
    const [ended, refused] = (await client.ask(`${call} ${CALLS}`)).split(' ');
    expect(ended).toBe('refused');
    const passed = CALLS - Number(refused);
    // However slow the machine is; more where a period ends between the calls.
    expect(passed).toBeGreaterThanOrEqual(BURST);
    await vi.waitFor(() => expect(upstream.attempts).toHaveLength(passed), WAIT);
    await vi.waitFor(async () => expect(await client.ask(`${call} 1`)).toBe('well 0'), WAIT);
    await vi.waitFor(() => expect(upstream.attempts).toHaveLength(passed + 1), WAIT);
  });
});

describe.skipIf(JAVA === undefined)('Spring Cloud OpenFeign with the exported file', () => {
  const text = exported('openfeign', [EDGES['again-hang']]);
  const numbers = /new Retryer\.Default\((.*?)\)/u.exec(text)?.[1] ?? '';

  it.each([
    ['as it is', undefined, 1],
    ['with the retryer of its comment', numbers, 3],
  ] as const)('%s makes its attempts, each cut off', async (_, retryer, attempts) => {
    const client = await JavaClient.start(workplace.file('openfeign.yaml', text), retryer);
    upstream.answerWith('hang');
    const began = performance.now();
    expect(await client.ask('feign')).toContain('RetryableException');
    expect(performance.now() - began).toBeGreaterThanOrEqual(attempts * soonestMs(CUT_OFF_MS));
    expect(upstream.attempts).toHaveLength(attempts);
    upstream.answerWith(503);
    expect(await client.ask('feign')).toContain('ServiceUnavailable');
    expect(upstream.attempts).toHaveLength(1);
  });
});

/** Breakers of the others would count the failures that their cases make. */
const BREAKS = exportedEdge(policyWith(1, 'nothing'), { key: 'breaks', path: '/breaks' });

/** Calls at once, of which a bulkhead lets some through and a limit others. */
const CALLS = 12;
const WAIT = { timeout: 30_000, interval: 20 } as const;

function url(port: number): string {
  return `http://127.0.0.1:${port}/`;
}

/** A JVM with a file of Spring's configuration that makes calls by the line. */
class JavaClient {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async start(file: string, retryer?: string): Promise<JavaClient> {
    const child = spawn(
      'java',
      [
        ...[
          '-XX:TieredStopAtLevel=1',
          '-Djdk.httpclient.redirects.retrylimit=1',
          '-Djdk.httpclient.disableRetryConnect=true',
          ...(retryer === undefined ? [] : [`-Dretryer=${retryer}`]),
        ],
        ...['-cp', `${CLASSES}:${JAVA}/*`, 'StackClient'],
        ...[`--spring.config.location=file:${file}`, '--spring.main.banner-mode=off'],
        ...['--logging.level.root=off', `--stock.url=http://127.0.0.1:${upstream.ports[0]}`],
        ...(retryer === undefined ? [] : ['--spring.profiles.active=retryer']),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const client = new JavaClient(child, createInterface(child.stdout));
    clients.push(client);
    expect(await client.#next()).toBe('ready');
    return client;
  }

  async ask(line: string): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    return this.#next();
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  async #next(): Promise<string> {
    const next = await this.#lines.next();
    return next.done === true ? 'ended' : next.value;
  }
}
