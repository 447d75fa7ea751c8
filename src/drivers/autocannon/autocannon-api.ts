// @ts-expect-error: autocannon ships no types; what is used of it is declared here.
import untypedStart from 'autocannon';

/** Opens a connection and writes as many requests as are pipelined. */
export const CONNECT = '_connect';
/** Writes the next request. */
export const SEND_NEXT = '_doRequest';

/**
 * What callgauge uses of autocannon 9.0.0. Not all of it is in its documented interface: the
 * version is pinned, and test/integration/saturate.test.ts holds what is relied on.
 */
export interface AutocannonClient {
  /** How long it waits for an answer, in ms; read anew for each request. */
  timeout: number;
  /** Called for the bytes of each request, at the moment at which they are written. */
  getRequestBuffer: () => Uint8Array;
  [CONNECT]: () => void;
  [SEND_NEXT]: () => void;
  readonly conn: import('node:net').Socket | undefined;
  readonly secure: boolean;
  /** Gets the bytes of each connection. */
  parser: { execute(bytes: Uint8Array): void };
  /** Its own account of the requests under way. */
  pipelinedRequests: Readonly<Record<'insertRequest' | 'addByteCount' | 'clear', () => void>>;
  on(event: 'connError', heard: (error: NodeJS.ErrnoException) => void): void;
  destroy(): void;
}

export interface AutocannonOptions {
  readonly url: string;
  /** The path of a Unix socket to connect to, in place of the url's host. */
  readonly socketPath?: string;
  readonly connections: number;
  readonly pipelining: number;
  /** Requests of all connections after which it ends by itself. */
  readonly amount: number;
  /** In seconds; not below 1. */
  readonly timeout: number;
  /** How often it looks whether it is to end, in ms. */
  readonly sampleInt: number;
  /** Called while a client is made, before it connects. */
  readonly setupClient: (client: AutocannonClient) => void;
}

/** Starts a run of autocannon. Rejects for options that it does not take. */
export const startAutocannon = untypedStart as (options: AutocannonOptions) => PromiseLike<unknown>;
