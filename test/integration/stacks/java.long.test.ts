import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Workplace } from '../../cli/callgauge-process.ts';
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
  type Kind,
} from './exported-policies.ts';

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
    const file = exported('resilience4j', Object.values(EDGES));
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
    expect(await client.ask('breaker again')).toBe('well 20');
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
    expect(performance.now() - began).toBeGreaterThanOrEqual(attempts * (CUT_OFF_MS - 5));
    expect(upstream.attempts).toHaveLength(attempts);
    upstream.answerWith(503);
    expect(await client.ask('feign')).toContain('ServiceUnavailable');
    expect(upstream.attempts).toHaveLength(1);
  });
});

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
