import type { Clock, ConnectParts, Ns } from '../../core/index.ts';
import type { TargetAddress, TlsSession } from '../http/index.ts';

/** What all connections of one target have in common. */
export interface Http2ConnectionShared {
  readonly address: TargetAddress;
  readonly connectTimeoutNs: Ns;
  readonly clock: Clock;
  /** By which dialling is timed. */
  readonly dialClock: Clock;
  /** One read at a time is looked at, and nothing of it is kept: all read into this. */
  readonly readBuffer: Uint8Array;
  readonly tlsSession: TlsSession;
  /** Most streams at once, where the peer does not want fewer. */
  readonly streamsMax: number;
  /** The highest number that a stream may have; past it the connection is given up. */
  readonly streamIdMax?: number;
  /** When a connection takes no more streams; Infinity for no bound. */
  readonly ageNsMax: Ns;
  /** When a connection without a stream takes no more of them; Infinity for no bound. */
  readonly idleNsMax: Ns;
}

/** What a connection reports to its owner. */
export interface Http2ConnectionEvents<Connection> {
  /** The settings of the peer have come: streams may be opened. */
  opened(connection: Connection, parts: ConnectParts): void;
  /** It could not be opened, for the reason that `error` names. */
  failed(connection: Connection, error: string): void;
  /** The peer has ended a stream of it, for the first time. */
  proven(connection: Connection): void;
  /** A stream has ended, and there may be room for another. Its own sink hears of it next. */
  freed(connection: Connection): void;
  /** The peer takes more streams at once than before, or fewer. */
  changed(connection: Connection): void;
  /**
   * It takes no more streams: it was closed, or closes as soon as those that are open have ended.
   */
  lost(connection: Connection): void;
  /** It is gone, whatever came before. */
  closed(connection: Connection): void;
}
