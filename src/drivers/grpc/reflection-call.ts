import { errorText, type Ns, systemClock } from '../../core/index.ts';
import type { ReachableTarget } from '../../scenario/index.ts';
import { dialAddress } from '../http/index.ts';
import {
  type Field,
  headerBlock,
  http2Address,
  Http2Connection,
  type Http2Stream,
  type StreamSink,
} from '../http2/index.ts';
import { callEnd } from './call-end.ts';
import { callFields } from './call-fields.ts';
import { framedMessage } from './message-frame.ts';
import { decodedMessage, encodingProblem } from './message-encoding.ts';
import { MessageReader } from './message-reader.ts';
import {
  answerOf,
  type ReflectionAnswer,
  type ReflectionRequest,
  requestBytes,
} from './reflection-protocol.ts';

const READ_BUFFER_BYTES = 65_536;
const STREAM_ID_MAX = 2 ** 31 - 1;

/** Why a server did not answer; `isUnimplemented` where it does not know the service. */
export class ReflectionFailure extends Error {
  override readonly name = 'ReflectionFailure';
  readonly isUnimplemented: boolean;

  constructor(message: string, isUnimplemented = false) {
    super(message);
    this.isUnimplemented = isUnimplemented;
  }
}

/** Returns an open connection to the target, for questions; rejects where there is none. */
export async function reflectionConnection(target: ReachableTarget): Promise<Http2Connection> {
  const opened = Promise.withResolvers<Http2Connection>();
  const ignored = (): void => undefined;
  const clock = systemClock();
  const connection = new Http2Connection(
    {
      address: http2Address(target, clock),
      connectTimeoutNs: target.connectTimeoutNs,
      clock,
      dialClock: clock,
      readBuffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      tlsSession: { latest: undefined },
      streamsMax: 1,
      streamIdMax: STREAM_ID_MAX,
      ageNsMax: Infinity,
      idleNsMax: Infinity,
    },
    {
      opened: () => opened.resolve(connection),
      failed: (_, error) => opened.reject(new ReflectionFailure(error)),
      proven: ignored,
      freed: ignored,
      changed: ignored,
      lost: ignored,
      closed: ignored,
    },
  );
  return opened.promise;
}

/** One call of server reflection: questions in turn, each with its answer. */
export class ReflectionCall implements StreamSink {
  readonly wantsFields = true;
  readonly #connection: Http2Connection;
  readonly #stream: Http2Stream;
  readonly #reader = new MessageReader();
  readonly #withinNs: Ns;
  #answer = Promise.withResolvers<ReflectionAnswer>();
  #failure: ReflectionFailure | undefined;
  #httpStatus = 0;
  #contentType: string | undefined;
  #grpcStatus: string | undefined;
  #grpcMessage = '';
  #encoding = '';

  constructor(
    connection: Http2Connection,
    options: { readonly service: string; readonly target: ReachableTarget; readonly withinNs: Ns },
  ) {
    this.#connection = connection;
    this.#withinNs = options.withinNs;
    this.#reader.reset(true);
    const fields = callFields({
      path: `/${options.service}/ServerReflectionInfo`,
      headers: [],
      address: dialAddress(options.target, systemClock()),
      deadlineNs: undefined,
    });
    this.#stream = connection.openStream(headerBlock(fields), this, false);
  }

  /**
   * Resolves to what the server answers.
   * @throws ReflectionFailure where it does not, in time.
   */
  async ask(request: ReflectionRequest): Promise<ReflectionAnswer> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#answer = Promise.withResolvers();
    const timer = systemClock().after(this.#withinNs, () => {
      this.#fail(new ReflectionFailure('it does not answer'));
    });
    this.#connection.sendData(this.#stream, framedMessage(requestBytes(request)), false);
    try {
      return await this.#answer.promise;
    } finally {
      timer.cancel();
    }
  }

  /** Ends the call. */
  end(): void {
    this.#connection.resetStream(this.#stream);
  }

  sent(): void {
    // Nothing of it is timed.
  }

  headers(status: number, fields: readonly Field[]): void {
    this.#httpStatus = status;
    this.trailers(fields);
    this.#reader.compressedProblem = encodingProblem(this.#encoding);
  }

  data(bytes: Uint8Array, from: number, to: number): void {
    const problem = this.#reader.feed(bytes, from, to, () => this.#onMessage());
    if (problem !== '') this.#fail(new ReflectionFailure(problem));
  }

  trailers(fields: readonly Field[]): void {
    for (const [name, value] of fields) {
      if (name === 'grpc-status') this.#grpcStatus = value;
      else if (name === 'grpc-message') this.#grpcMessage = value;
      else if (name === 'grpc-encoding') this.#encoding = value;
      else if (name === 'content-type') this.#contentType ??= value;
    }
  }

  ended(): void {
    const { error } = callEnd(
      {
        httpStatus: this.#httpStatus,
        contentType: this.#contentType,
        grpcStatus: this.#grpcStatus,
        grpcMessage: this.#grpcMessage,
        messages: this.#reader.count,
        isWhole: this.#reader.isBetween,
      },
      { streamsIn: true, okCodes: new Uint8Array(1), isPastDeadline: false },
    );
    const isUnimplemented = error.startsWith('grpc UNIMPLEMENTED');
    this.#fail(new ReflectionFailure(error, isUnimplemented));
  }

  reset(error: string): void {
    this.#fail(new ReflectionFailure(error));
  }

  unsent(): void {
    this.#fail(new ReflectionFailure('ECONNRESET'));
  }

  #onMessage(): boolean {
    try {
      const last = decodedMessage(this.#reader, this.#encoding);
      if (last === undefined) throw new ReflectionFailure('its answer is too long');
      this.#answer.resolve(answerOf(last));
    } catch (error) {
      this.#fail(new ReflectionFailure(errorText(error)));
    }
    return true;
  }

  #fail(failure: ReflectionFailure): void {
    this.#failure ??= failure;
    this.#answer.reject(failure);
    // Nobody waits for it between two questions; the next one finds it.
    this.#answer.promise.catch(() => undefined);
  }
}
