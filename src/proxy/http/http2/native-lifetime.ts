import type { Http2Session, Http2Stream } from 'node:http2';

/** What a stream is registered with is held until the stream is collected. */
const heldByStreams = new FinalizationRegistry<object>(() => undefined);

/**
 * Keeps the native part of a session alive for as long as a stream of it is.
 *
 * Where a peer's header block is refused half-way, the stream's native part keeps what was read of
 * it, in memory that belongs to the session. Both become garbage with the connection, and the
 * runtime ends the whole process where it frees the session first: seen on Node 24.21, within a
 * thousand such answers, as "Assertion failed: (current_nghttp2_memory_) == (0)". Held here, the
 * session is freed by a later collection than its streams.
 */
export function outliveStream(session: Http2Session, stream: Http2Stream): void {
  const hold = (): void => {
    const native = nativePartOf(session);
    if (native) heldByStreams.register(stream, native);
  };
  // There is none before the session is connected.
  if (stream.pending) stream.once('ready', hold);
  else hold();
}

/** What a session names its native part by, which it drops as it is destroyed. */
let nativeName: symbol | undefined;

function nativePartOf(session: Http2Session): object | undefined {
  nativeName ??= Object.getOwnPropertySymbols(session).find((x) => x.description === 'kHandle');
  return nativeName && (session as unknown as Record<symbol, object | undefined>)[nativeName];
}
