import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  NS_PER_MS,
  NS_PER_SEC,
  type Outcome,
  OUTCOMES,
  rngFrom,
  systemClock,
} from '../../src/core/index.ts';
import { newSlot } from '../../src/engine/live-call.ts';
import type { Driver, DriverCall, DriverOptions } from '../../src/engine/index.ts';
import { Answer } from '../../src/flow/index.ts';
import { RunIds } from '../../src/trace/index.ts';
import { testStep, testTarget } from '../engine/test-scenario.ts';
import { line } from './example/line.ts';
import { lineDriver } from './example/line-driver.ts';
import { noopDriver } from './example/noop-driver.ts';

const PAGE = readFileSync(new URL('../../docs/CREATING_DRIVERS.md', import.meta.url), 'utf8');

it.each(['noop-driver', 'line', 'line-driver', 'line-connection'])(
  'docs/CREATING_DRIVERS.md shows %s as it is tested',
  (name) => {
    const file = readFileSync(new URL(`example/${name}.ts`, import.meta.url), 'utf8');
    const inKind =
      name === 'line' ? file.replaceAll('../../../src/scenario/protocols/', './') : file;
    const shown = (name === 'line' ? inKind.replaceAll('../../../src/scenario/', '../') : inKind)
      .replaceAll('../../../src/', '../../')
      .trimEnd();
    expect(PAGE).toContain(`\`\`\`ts\n${shown}\n\`\`\``);
  },
);

interface Ended {
  readonly outcome: Outcome;
  readonly error: string;
  readonly body: string;
  readonly tookNs: number;
}

type MakeDriver = (options: DriverOptions) => Driver;

interface DriverAt {
  readonly port: number;
  readonly connections?: number;
  readonly send?: string;
  readonly timeoutMs?: number;
  readonly events: Pick<DriverOptions['events'], 'finished' | 'ready' | 'unreachable'>;
}

function driverAt(
  make: MakeDriver,
  { port, connections = 64, send = '', timeoutMs = 30_000, events }: DriverAt,
): Driver {
  const { request } = line.call({ send }, '');
  return make({
    target: testTarget({ url: `tcp://127.0.0.1:${port}`, connections }),
    steps: [
      testStep({
        timeoutNs: timeoutMs * NS_PER_MS,
        call: { protocol: 'http', method: '', request },
      }),
    ],
    clock: systemClock(),
    dialClock: systemClock(),
    ids: new RunIds('0123456789abcdef'),
    propagate: ['w3c'],
    rng: rngFrom(1, 'dialling'),
    events: {
      connected: () => undefined,
      connectFailed: () => undefined,
      resent: () => undefined,
      lateResponse: () => undefined,
      ...events,
    },
  });
}

const newCall = (): DriverCall => Object.assign(newSlot(), { answer: new Answer() });

/** Makes one call, and returns how it ended; `meanwhile` is done once it has been sent. */
async function oneCall(
  make: MakeDriver,
  options: Omit<DriverAt, 'events'> & { readonly meanwhile?: (driver: Driver) => void },
): Promise<Ended> {
  const done = Promise.withResolvers<Ended>();
  const call = newCall();
  const start = (): void => {
    driver.start(call);
    options.meanwhile?.(driver);
  };
  const driver = driverAt(make, {
    ...options,
    events: {
      finished: ({ outcome, error, answer, endNs, sentNs }) => {
        const body = answer?.body.toString() ?? '';
        done.resolve({ outcome: OUTCOMES[outcome], error, body, tookNs: endNs - sentNs });
      },
      ready: start,
      unreachable: (error) =>
        done.resolve({ outcome: 'transport', error, body: '', tookNs: Number.NaN }),
    },
  });
  await driver.open();
  if (driver.hasFreeConnection()) start();
  else driver.demand(1);
  const ended = await done.promise;
  await driver.close();
  return ended;
}

describe('the driver that sends nothing', () => {
  it('ends every call as ok', async () => {
    expect(await oneCall(noopDriver, { port: 1 })).toMatchObject({ outcome: 'ok', tookNs: 0 });
  });

  it('cancels what is under way when it is closed', async () => {
    const meanwhile = (driver: Driver): void => void driver.close();
    expect(await oneCall(noopDriver, { port: 1, meanwhile })).toMatchObject({
      outcome: 'cancelled',
    });
  });
});

describe('the driver of lines', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function listening(onLine: (text: string, socket: Socket) => void): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => onLine(bytes.toString(), socket));
    }).listen(0, '127.0.0.1', resolve);
    await promise;
    return (server.address() as AddressInfo).port;
  }

  it('takes the line that comes back for the answer, however it is cut', async () => {
    const port = await listening((text, socket) => {
      socket.write('hi ');
      setImmediate(() => socket.write(text));
    });
    expect(await oneCall(lineDriver, { port, send: 'two\nlines' })).toMatchObject({
      outcome: 'ok',
      error: '',
      body: 'hi two lines',
    });
  });

  it('times out at its bound', async () => {
    const port = await listening(() => undefined);
    expect(await oneCall(lineDriver, { port, timeoutMs: 20 })).toMatchObject({
      outcome: 'timeout',
      tookNs: 20 * NS_PER_MS,
    });
  });

  it('fails in transport where the connection is closed, or nobody listens', async () => {
    const port = await listening((_, socket) => socket.destroy());
    const { outcome, error, tookNs } = await oneCall(lineDriver, { port });
    expect({ outcome, isNamed: error !== '' }).toEqual({ outcome: 'transport', isNamed: true });
    expect(tookNs).toBeLessThan(30 * NS_PER_SEC);
    await new Promise((resolve) => server?.close(resolve));
    expect(await oneCall(lineDriver, { port })).toMatchObject({
      outcome: 'transport',
      error: 'ECONNREFUSED',
    });
  });

  it('dials again for a call that waits where the only connection is lost', async () => {
    const port = await listening((text, socket) => {
      if (outcomes.length === 0) socket.destroy();
      else socket.write(text);
    });
    const outcomes: (Outcome | undefined)[] = [];
    const both = Promise.withResolvers<void>();
    const driver = driverAt(lineDriver, {
      port,
      connections: 1,
      events: {
        finished: ({ outcome }) => {
          outcomes.push(OUTCOMES[outcome]);
          if (outcomes.length === 2) both.resolve();
        },
        ready: () => {
          driver.start(newCall());
          driver.demand(1 - outcomes.length);
        },
        unreachable: both.reject,
      },
    });
    driver.demand(2);
    await both.promise;
    await driver.close();
    expect(outcomes).toEqual(['transport', 'ok']);
  });

  it('cancels what is under way when it is closed', async () => {
    const port = await listening(() => undefined);
    const meanwhile = (driver: Driver): void => void driver.close();
    expect(await oneCall(lineDriver, { port, meanwhile })).toMatchObject({ outcome: 'cancelled' });
  });
});
