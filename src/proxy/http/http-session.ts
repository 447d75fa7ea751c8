import type { Socket } from 'node:net';
import type { Clock } from '../../core/index.ts';
import type { ProxyCounters } from '../proxy-stats.ts';
import type { ChooseFaults } from './request-chooser.ts';

/** Where a session's output goes: towards the client. */
export interface ClientPort {
  /** Returns whether more may be sent at once; if not, `goOn` of the session is called. */
  send(bytes: Uint8Array): boolean;
  /** FIN: nothing more is sent. What was sent before still gets there. */
  end(): void;
  /** Closes both directions at once. */
  close(): void;
  /** Resets the connection. */
  reset(cause: Error): void;
}

/** One client connection and its upstream, in one version of HTTP. */
export interface HttpSession {
  /** Takes bytes from the client; calls `taken` when it can take more. */
  receive(bytes: Uint8Array, taken: () => void): void;
  /** The client sends nothing more. */
  receiveEnd(): void;
  /** The client can be sent more. */
  goOn(): void;
  /** The connection is gone; `cause` where it was reset, for the upstream to be reset too. */
  destroy(cause: Error | null): void;
}

/** What a session needs. */
export interface HttpSessionOptions {
  readonly port: ClientPort;
  /** Dialled, perhaps not connected yet; the session owns it. */
  readonly upstream: Socket;
  /** Dials the upstream anew. A dial that fails closes the client. */
  readonly dial: () => Socket;
  readonly choose: ChooseFaults;
  readonly clock: Clock;
  readonly counters: ProxyCounters;
}
