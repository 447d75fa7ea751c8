import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Clock, Timer } from '../../../core/index.ts';
import type { Abort, RequestPlan } from '../../../toxics/index.ts';
import { abortAnswer, GRPC_STATUS_FIELDS } from '../local-answer.ts';
import { edited, valueOf, type RawHeaders } from './header-fields.ts';
import { outliveStream } from './native-lifetime.ts';
import { isSessionOver, isUnsendable, sendAnswer, sendInterim, sendTrailers } from './sending.ts';
import { ShapedBody } from './shaped-body.ts';

const {
  NGHTTP2_CANCEL,
  NGHTTP2_INTERNAL_ERROR,
  NGHTTP2_PROTOCOL_ERROR,
  NGHTTP2_REFUSED_STREAM,
  NGHTTP2_NO_ERROR,
} = constants;
const { NGHTTP2_FLAG_END_STREAM } = constants;

/** What an exchange is made of. */
export interface Http2ExchangeParts {
  readonly stream: ServerHttp2Stream;
  readonly headers: RawHeaders;
  /** Whether the request is nothing but headers. */
  readonly isHeadersOnly: boolean;
  readonly plan: RequestPlan;
  readonly clock: Clock;
  /** Returns the session with the upstream; it may be closing, and refuse. */
  readonly upstream: () => ClientHttp2Session;
  /** Called once, when the client's stream is gone. */
  readonly closed: (exchange: Http2Exchange) => void;
}

/**
 * One request and its answer, on a stream with the client and one with the upstream:
 *
 *     client ═► headers ─► delay ─┬─► abort: answer or RST_STREAM, the upstream sees nothing
 *                                 └─► request ═► upstream        data is piped both ways, so that
 *     client ◄═ trailers, data, headers ◄═ answer ◄═ upstream    the slow side holds up the fast
 *
 * A stream that one side resets is reset on the other with the same code.
 */
export class Http2Exchange {
  readonly #parts: Http2ExchangeParts;
  readonly #stream: ServerHttp2Stream;
  readonly #plan: RequestPlan;
  #upstream: ClientHttp2Stream | undefined;
  #timer: Timer | undefined;
  #answerTrailers: RawHeaders = [];
  #isAnswered = false;
  #body: ShapedBody | undefined;
  #hasClientEnded = false;

  constructor(parts: Http2ExchangeParts) {
    this.#parts = parts;
    this.#stream = parts.stream;
    this.#plan = parts.plan;
    this.#stream.on('error', () => this.#stream.close(NGHTTP2_INTERNAL_ERROR));
    this.#stream.once('close', () => this.#clientClosed());
    const { delayNs } = parts.plan;
    if (delayNs === undefined || delayNs <= 0) this.#proceed();
    else this.#timer = parts.clock.after(delayNs, () => this.#proceed());
  }

  /** Whether the upstream knows nothing of it. */
  get isHeld(): boolean {
    return this.#upstream === undefined;
  }

  /** Whether the upstream has answered all. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /**
   * The client sends nothing more: a request that is not whole never will be. One whose answer
   * nothing moves is not kept waiting: it may be gone.
   */
  clientEnded(): void {
    this.#hasClientEnded = true;
    const { state } = this.#stream.state;
    const isWhole = state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE;
    if (!isWhole || this.#body?.isStalled) this.#cancel();
  }

  #cancel(): void {
    if (!this.#stream.closed) this.#stream.close(NGHTTP2_CANCEL);
  }

  #proceed(): void {
    this.#timer = undefined;
    if (this.#stream.closed || this.#stream.destroyed) return;
    if (this.#plan.abort) this.#abort(this.#plan.abort);
    else this.#forward();
  }

  #abort(abort: Abort): void {
    const answer = abortAnswer(abort);
    if (!answer) return this.#stream.close(NGHTTP2_INTERNAL_ERROR);
    const { status, fields, body } = answer;
    const bytes = Buffer.from(body, 'utf8');
    const isGrpc = abort.kind === 'grpc';
    const isBodiless = status === 204 || status === 304;
    const length = isGrpc || isBodiless ? [] : ['content-length', String(bytes.length)];
    const set = Object.fromEntries(fields);
    const remove = ['content-length'];
    const headers = [...edited([':status', String(status)], [{ remove, set, add: {} }]), ...length];
    const isHead = valueOf(this.#parts.headers, ':method') === 'HEAD';
    const endStream = isGrpc || isBodiless || isHead || bytes.length === 0;
    this.#isAnswered = true;
    if (sendAnswer(this.#stream, headers, { endStream }) && !endStream) this.#stream.end(bytes);
    this.#stream.resume();
  }

  #forward(): void {
    const { headers, isHeadersOnly } = this.#parts;
    const upstream = this.#request(edited(headers, this.#plan.requestHeaders ?? []));
    if (!upstream) return this.#stream.close(NGHTTP2_PROTOCOL_ERROR);
    this.#upstream = upstream;
    upstream.on('error', (error) => {
      if (isSessionOver(error) && !this.#stream.closed) this.#stream.close(NGHTTP2_REFUSED_STREAM);
    });
    upstream.on('headers', (_headers, _flags, raw) => {
      if (!this.#stream.headersSent && !this.#stream.closed) sendInterim(this.#stream, raw);
    });
    upstream.once('response', (_headers, flags, raw) => this.#answer(upstream, raw, flags));
    upstream.on('trailers', (_headers, _flags, raw) => void (this.#answerTrailers = raw));
    upstream.once('end', () => void (this.#isAnswered = true));
    upstream.once('close', () => this.#upstreamClosed(upstream));
    if (isHeadersOnly) return undefined;
    let trailers: RawHeaders = [];
    this.#stream.on('trailers', (_headers, _flags, raw) => void (trailers = raw));
    upstream.once('wantTrailers', () => sendTrailers(upstream, trailers));
    this.#stream.pipe(upstream);
    return undefined;
  }

  /** Returns the stream with the upstream; undefined where the headers cannot be sent on. */
  #request(headers: RawHeaders): ClientHttp2Stream | undefined {
    const endStream = this.#parts.isHeadersOnly;
    try {
      const session = this.#parts.upstream();
      const stream = session.request(headers, { endStream, waitForTrailers: !endStream });
      outliveStream(session, stream);
      return stream;
    } catch (error) {
      if (isUnsendable(error)) return undefined;
      throw error;
    }
  }

  #answer(upstream: ClientHttp2Stream, raw: RawHeaders, flags: number): void {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return;
    const own = this.#ownBody(raw);
    const isHeadersOnly = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    const headers = this.#headersToSend(raw, own?.length, isHeadersOnly);
    const shapes = own !== undefined || isShaped(this.#plan);
    const endStream = isHeadersOnly && !shapes;
    stream.once('wantTrailers', () => {
      sendTrailers(stream, this.#plan.dropTrailers ? [] : this.#answerTrailers);
    });
    if (!sendAnswer(stream, headers, { endStream, waitForTrailers: !endStream })) return;
    if (endStream) {
      this.#isAnswered = true;
      upstream.resume();
    } else if (shapes) {
      this.#shape(upstream, own);
    } else {
      upstream.pipe(stream);
    }
  }

  #shape(upstream: ClientHttp2Stream, own: Buffer | undefined): void {
    const stream = this.#stream;
    const body = new ShapedBody(this.#plan, this.#parts.clock, () => {
      if (this.#hasClientEnded) this.#cancel();
    });
    this.#body = body;
    stream.once('close', () => body.destroy());
    body.once('end', () => {
      if (!body.isCut) return stream.end();
      // Behind what was written before, which a reset would overtake.
      stream.write(Buffer.alloc(0), () => stream.close(NGHTTP2_INTERNAL_ERROR));
      return stream;
    });
    body.pipe(stream, { end: false });
    if (own === undefined) {
      upstream.pipe(body);
      return;
    }
    body.write(own);
    upstream.once('end', () => body.end());
    upstream.resume();
  }

  #headersToSend(
    raw: RawHeaders,
    ownBytes: number | undefined,
    isTrailersOnly: boolean,
  ): RawHeaders {
    const edits = [...(this.#plan.responseHeaders ?? [])];
    if (ownBytes !== undefined) {
      const set = { 'content-length': String(ownBytes) };
      edits.push({ remove: ['content-encoding', 'trailer'], set, add: {} });
    }
    if (this.#plan.dropTrailers && isTrailersOnly) {
      edits.push({ remove: [...GRPC_STATUS_FIELDS], set: {}, add: {} });
    }
    return edited(raw, edits);
  }

  /**
   * Returns the body in place of the upstream's; undefined where that stays, or there can be none.
   */
  #ownBody(raw: RawHeaders): Buffer | undefined {
    const { replaceBody } = this.#plan;
    const status = valueOf(raw, ':status');
    const isHead = valueOf(this.#parts.headers, ':method') === 'HEAD';
    const isBodiless = isHead || status === '204' || status === '304';
    return replaceBody === undefined || isBodiless ? undefined : Buffer.from(replaceBody, 'utf8');
  }

  #upstreamClosed(upstream: ClientHttp2Stream): void {
    const { rstCode } = upstream;
    if (this.#stream.closed || (this.#isAnswered && rstCode === NGHTTP2_NO_ERROR)) return;
    this.#stream.close(rstCode === NGHTTP2_NO_ERROR ? NGHTTP2_INTERNAL_ERROR : rstCode);
  }

  #clientClosed(): void {
    this.#timer?.cancel();
    const upstream = this.#upstream;
    const { rstCode } = this.#stream;
    if (upstream && !upstream.closed) {
      upstream.close(rstCode === NGHTTP2_NO_ERROR ? NGHTTP2_CANCEL : rstCode);
    }
    this.#parts.closed(this);
  }
}

function isShaped(plan: RequestPlan): boolean {
  const { truncateAfterBytes, bodyRates, cutAfterMessages } = plan;
  return [truncateAfterBytes, bodyRates, cutAfterMessages].some((x) => x !== undefined);
}
