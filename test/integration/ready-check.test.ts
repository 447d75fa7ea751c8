import { createServer, type Server } from 'node:net';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, type Ns } from '../../src/core/index.ts';
import { waitUntilReady } from '../../src/processes/ready-check.ts';
import type { ReadySpec } from '../../src/scenario/index.ts';
import { freePort, refusingPort } from './free-port.ts';

const closings: (() => Promise<void>)[] = [];
const CHECK = 'grpc.health.v1.Health/Check';

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

describe('a service is ready', () => {
  it('by tcp once it takes a connection', async () => {
    const port = await freePort();
    const never = await wait({ by: 'tcp' }, port, 100e6);
    const reason = `127.0.0.1:${port} takes no connection: ECONNREFUSED`;
    expect(never).toEqual({ isReady: false, reason });
    await listening(port);
    expect(await wait({ by: 'tcp' }, port)).toEqual({ isReady: true });
  });

  it('by gRPC once the health service says SERVING', async () => {
    const health = { status: 'NOT_SERVING' as Status, asked: [] as string[] };
    const port = await healthServer(health);
    const reason = `${CHECK} answers NOT_SERVING`;
    expect(await wait(grpc(''), port, 300e6)).toEqual({ isReady: false, reason });
    health.status = 'SERVING';
    expect(await wait(grpc('shop.v1.Orders'), port)).toEqual({ isReady: true });
    expect(health.asked.at(-1)).toBe('shop.v1.Orders');
    expect(await wait(grpc('unknown'), port, 300e6)).toEqual({
      isReady: false,
      reason: `${CHECK} answers grpc-status 5: it knows no service unknown`,
    });
  });

  it('not by gRPC where no health service answers', async () => {
    const port = await healthServer(undefined);
    expect(await wait(grpc(''), port, 300e6)).toEqual({
      isReady: false,
      reason: `${CHECK} answers grpc-status 12: it has no health service`,
    });
    const closed = await refusingPort();
    const reason = `${CHECK} fails: ECONNREFUSED`;
    expect(await wait(grpc(''), closed.port, 100e6)).toEqual({ isReady: false, reason });
    closed.release();
  });

  it('by a line of its log', async () => {
    const ready = { by: 'log', pattern: String.raw`^listening on \d+$` } as const;
    const lines = ['starting', 'not yet listening on 80', 'listening on 8080'];
    const written: string[] = [];
    const output = (): Promise<string> => {
      written.push(lines.shift() ?? '');
      return Promise.resolve(written.join('\n'));
    };
    expect(await wait(ready, 1, 60e9, output)).toEqual({ isReady: true });
    expect(lines).toEqual([]);
    const reason = `it wrote no line that fits ${ready.pattern}`;
    const quiet = await wait(ready, 1, 100e6, () => Promise.resolve('starting'));
    expect(quiet).toEqual({ isReady: false, reason });
  });
});

function grpc(service: string): ReadySpec {
  return { by: 'grpc', service };
}

function wait(
  ready: ReadySpec,
  port: number,
  withinNs: Ns = 60e9,
  output: () => Promise<string> = () => Promise.resolve(''),
) {
  const question = { ready, port, withinNs, output };
  return waitUntilReady(question, systemClock(), new AbortController().signal);
}

async function listening(port: number): Promise<void> {
  const server: Server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closings.push(() => new Promise((resolve) => server.close(() => resolve())));
}

type Status = 'SERVING' | 'NOT_SERVING';

/** Returns the port of a grpc-js server, with the health service where there is one. */
async function healthServer(
  health: { status: Status; readonly asked: string[] } | undefined,
): Promise<number> {
  const server = new GrpcServer();
  if (health) {
    const check = {
      path: `/${CHECK}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (value: Buffer) => value,
      requestDeserialize: (value: Buffer) => value,
      responseSerialize: (value: Buffer) => value,
      responseDeserialize: (value: Buffer) => value,
    };
    server.addService(
      { check },
      {
        check: (
          call: { request: Buffer },
          answer: (error: object | null, value?: Buffer) => void,
        ) => {
          const asked = call.request.subarray(2).toString();
          health.asked.push(asked);
          if (asked === 'unknown') answer({ code: 5, details: 'unknown service' });
          else answer(null, Buffer.from([0x08, health.status === 'SERVING' ? 1 : 2]));
        },
      },
    );
  }
  closings.push(() => Promise.resolve(server.forceShutdown()));
  const credentials = ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}
