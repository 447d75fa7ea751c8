import { setTimeout as wait } from 'node:timers/promises';
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

import { GRPC_STATUSES } from '../../src/core/index.ts';

const CODES = GRPC_STATUSES.map((name) => status[name]);

/** The schema that the server speaks. */
export const SHOP_PROTO = new URL('shop.proto', import.meta.url).pathname;

interface Order {
  readonly sku_code: string;
  readonly n: number;
  readonly raw: Buffer;
}
interface Receipt {
  readonly id?: string;
  readonly count?: number;
  readonly seen?: readonly string[];
  readonly raw?: Buffer;
}
interface WatchRequest {
  readonly messages: number;
  readonly every_ms: number;
}

/** A real server of gRPC: what it was called with, and what its port is. */
export interface GrpcServer {
  readonly url: string;
  readonly port: number;
  /** The metadata of every call, in their order. */
  readonly metadata: Metadata[];
  /** Calls of Slow that have come. */
  readonly slowCalls: () => number;
  /** Calls of Fail so far. */
  readonly failedCalls: () => number;
  /** Calls that their client has cancelled. */
  readonly cancelled: () => number;
  /** Sends GOAWAY, and lets calls end. */
  readonly shutDown: () => Promise<void>;
  /** Closes every connection at once. */
  readonly kill: () => void;
}

export interface GrpcServerOptions {
  /** Of server reflection; without it none. */
  readonly reflection?: 'v1' | 'v1alpha' | 'both';
  readonly port?: number;
  readonly options?: Readonly<Record<string, number>>;
}

/** Starts the server of `shop.proto` on a free port. */
export async function grpcServer(options: GrpcServerOptions = {}): Promise<GrpcServer> {
  const definition = loadSync(SHOP_PROTO, { keepCase: true, defaults: true, longs: String });
  const server = new Server({
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
    ...options.options,
  });
  const metadata: Metadata[] = [];
  let [cancelled, slowCalls, failedCalls] = [0, 0, 0];
  const create: handleUnaryCall<Order, Receipt> = (call, answer) => {
    metadata.push(call.metadata);
    const { sku_code: id, n: count, raw } = call.request;
    const trailer = new Metadata();
    trailer.set('x-trailer', 'last');
    const head = new Metadata();
    head.set('x-head', 'first');
    call.sendMetadata(head);
    answer(null, { id, count, raw }, trailer);
  };
  const fail: handleUnaryCall<Order, Receipt> = (call, answer) => {
    failedCalls++;
    answer({ code: CODES[call.request.n] ?? status.UNKNOWN, details: 'as asked' });
  };
  const slow: handleUnaryCall<Order, Receipt> = (call, answer) => {
    slowCalls++;
    call.on('cancelled', () => cancelled++);
    void wait(call.request.n).then(() => answer(null, { id: 'late' }));
  };
  const upload: handleClientStreamingCall<Order, Receipt> = (call, answer) => {
    const seen: string[] = [];
    call.on('data', (order: Order) => seen.push(order.sku_code));
    call.on('end', () => answer(null, { count: seen.length, seen: seen.slice(-10) }));
  };
  const watch: handleServerStreamingCall<WatchRequest, Receipt> = (call) => {
    const { messages, every_ms: everyMs } = call.request;
    let sent = 0;
    call.on('cancelled', () => cancelled++);
    const beganMs = performance.now();
    const next = (): void => {
      if (call.cancelled) return;
      // A timer may fire early, by what the turn in which it was set had taken.
      const leftMs = beganMs + sent * everyMs - performance.now();
      if (leftMs > 0) {
        setTimeout(next, leftMs);
      } else if (sent === messages) {
        call.end();
      } else {
        call.write({ id: `m${sent}`, count: sent });
        sent++;
        next();
      }
    };
    next();
  };
  const chat: handleBidiStreamingCall<Order, Receipt> = (call) => {
    call.on('cancelled', () => cancelled++);
    let last = Promise.resolve();
    call.on('data', ({ sku_code: id, n }: Order) => {
      last = last.then(async () => {
        if (n > 0) await wait(n);
        call.write({ id });
      });
    });
    call.on('end', () => void last.then(() => call.end()));
  };
  const service = definition['shop.Orders'];
  if (service === undefined || 'format' in service) throw new Error('shop.Orders is a service');
  server.addService(service, {
    Create: create,
    Fail: fail,
    Slow: slow,
    Upload: upload,
    Watch: watch,
    Chat: chat,
  });
  if (options.reflection) addReflection(server, definition, options.reflection);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      `127.0.0.1:${options.port ?? 0}`,
      ServerCredentials.createInsecure(),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    metadata,
    slowCalls: () => slowCalls,
    failedCalls: () => failedCalls,
    cancelled: () => cancelled,
    shutDown: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
      }),
    kill: () => server.forceShutdown(),
  };
}

type Reflection = NonNullable<GrpcServerOptions['reflection']>;

/** Both versions are served by the library; what is left out is so to the client. */
function addReflection(server: Server, definition: PackageDefinition, which: Reflection): void {
  const reflection = new ReflectionService(definition);
  if (which === 'both') {
    reflection.addToServer(server);
    return;
  }
  const left = which === 'v1' ? 'v1alpha' : 'v1';
  reflection.addToServer({
    addService: (service, handlers) => {
      const [method] = Object.values(service);
      if (method?.path.includes(`grpc.reflection.${left}.`) !== true) {
        server.addService(service, handlers);
      }
    },
  });
}
