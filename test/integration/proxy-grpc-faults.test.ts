import { loadPackageDefinition, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterEach, describe, expect, it } from 'vitest';

import type { Toxic } from '../../src/toxics/index.ts';
import { grpcServer, SHOP_PROTO } from './grpc-server.ts';
import { httpProxy, toxic } from './http-proxy.ts';

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Receipt {
  readonly id: string;
}
interface Messages extends AsyncIterable<Receipt> {
  on(event: 'error', listener: () => void): unknown;
}
interface Orders {
  Create(order: object, done: (error: ServiceError | null, receipt?: Receipt) => void): void;
  Fail(order: object, done: (error: ServiceError | null) => void): void;
  Watch(request: object): Messages;
  close(): void;
}
type OrdersClient = new (address: string, creds: unknown) => Orders;

/** A client of the shop whose calls go through a proxy with these toxics. */
async function setUp(toxics: readonly Toxic[]): Promise<Orders> {
  const server = await grpcServer();
  const proxy = await httpProxy(server.port, { toxics });
  const loaded = loadPackageDefinition(loadSync(SHOP_PROTO, { keepCase: true, defaults: true }));
  const { Orders: Client } = loaded['shop'] as unknown as { Orders: OrdersClient };
  const client = new Client(`127.0.0.1:${proxy.port}`, credentials.createInsecure());
  open.push(
    server.kill,
    () => proxy.close(),
    () => client.close(),
  );
  return client;
}

function create(client: Orders, sku: string): Promise<Receipt | ServiceError | undefined> {
  return new Promise((resolve) => {
    client.Create({ sku_code: sku, n: 1 }, (error, receipt) => resolve(error ?? receipt));
  });
}

async function watch(client: Orders): Promise<{ ids: string[]; code: number }> {
  const ids: string[] = [];
  try {
    for await (const { id } of client.Watch({ messages: 5, every_ms: 1 })) ids.push(id);
    return { ids, code: status.OK };
  } catch (error) {
    return { ids, code: (error as ServiceError).code };
  }
}

describe('faults on gRPC, seen by its own client', () => {
  it('changes nothing without a toxic that matches', async () => {
    const client = await setUp([toxic('grpc_trailers', {}, { match: { path: '/none' } })]);
    expect(await create(client, 'a')).toMatchObject({ id: 'a' });
    expect(await watch(client)).toEqual({ ids: ['m0', 'm1', 'm2', 'm3', 'm4'], code: status.OK });
    const failed = await new Promise((resolve) => {
      client.Fail({ sku_code: 'a', n: status.NOT_FOUND }, resolve);
    });
    expect(failed).toMatchObject({ code: status.NOT_FOUND, details: 'as asked' });
  });

  it('ends a call with a status and a message in any script', async () => {
    const settings = { status: 'RESOURCE_EXHAUSTED', message: 'rien à vendre: 100% ✓' };
    const client = await setUp([toxic('grpc_abort', settings, { match: { path: '/*/Create' } })]);
    expect(await create(client, 'a')).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: settings.message,
    });
    expect((await watch(client)).code).toBe(status.OK);
  });

  it('takes a code as text too', async () => {
    const client = await setUp([toxic('grpc_abort', { status: '14', message: '' })]);
    expect(await create(client, 'a')).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('lets an answer end without its trailers', async () => {
    const client = await setUp([toxic('grpc_trailers')]);
    const { ids, code } = await watch(client);
    expect(ids).toHaveLength(5);
    expect(code).not.toBe(status.OK);
  });

  it.each([0, 1, 3])('cuts a stream behind %i messages', async (messages) => {
    const client = await setUp([toxic('grpc_cut', { messages })]);
    const { ids, code } = await watch(client);
    expect(ids).toEqual(['m0', 'm1', 'm2'].slice(0, messages));
    expect(code).toBe(status.INTERNAL);
  });
});
