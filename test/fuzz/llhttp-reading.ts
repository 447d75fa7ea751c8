import { ClientRequest, type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';

/** How a reader took a response: whole, with its status and the length of its body, or not. */
export interface Reading {
  readonly whole: boolean;
  /** 0 where it is not whole. */
  readonly status: number;
  readonly bodyBytes: number;
  /** Whether the connection may be used again. */
  readonly keepAlive: boolean;
  readonly error: string;
}

export interface Exchange {
  /** The response's bytes, one character each. */
  readonly text: string;
  /** Whether it answers a HEAD. */
  readonly answersHead: boolean;
  /** Where it is cut into reads; whole where there are none. */
  readonly cuts: readonly number[];
}

/** Most bytes of a head, as our own parser bounds it; node's own default is less. */
const HEAD_BYTES_MAX = 65_536;

/**
 * Returns how llhttp takes each response, in the order given: node:http's own client reads them
 * from a stream that holds no socket, and the stream ends behind each.
 */
export async function readByLlhttp(exchanges: readonly Exchange[]): Promise<Reading[]> {
  const calls = exchanges.map((exchange) => new LlhttpCall(exchange));
  // The client takes its stream up in a tick of its own.
  await new Promise((resolve) => setImmediate(resolve));
  return calls.map((call) => call.read());
}

class LlhttpCall {
  readonly #exchange: Exchange;
  readonly #stream = new SilentStream();
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  #bodyBytes = 0;
  #error = '';

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#request = request({
      createConnection: () => this.#stream,
      method: exchange.answersHead ? 'HEAD' : 'GET',
      headers: { connection: 'keep-alive' },
      maxHeaderSize: HEAD_BYTES_MAX,
    });
    this.#request.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    this.#request.on('response', (response) => {
      this.#response = response;
      // What the parser finds is pushed at once; counted here, no tick need be waited for.
      response.push = (chunk: Buffer | null) => {
        this.#bodyBytes += chunk?.length ?? 0;
        return true;
      };
      response.on('error', () => undefined);
    });
    this.#request.end();
  }

  read(): Reading {
    const { text, cuts } = this.#exchange;
    const bytes = Buffer.from(text, 'latin1');
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      if (to > from) this.#stream.emit('data', bytes.subarray(from, to));
      from = Math.max(from, to);
    }
    this.#stream.emit('end');
    const whole = this.#response?.complete === true;
    const { shouldKeepAlive } = this.#request as ClientRequest & { shouldKeepAlive: boolean };
    this.#stream.destroy();
    return {
      whole,
      status: whole ? (this.#response?.statusCode ?? 0) : 0,
      bodyBytes: whole ? this.#bodyBytes : 0,
      keepAlive: whole && shouldKeepAlive,
      error: whole ? '' : this.#error,
    };
  }
}

/** Takes what is written and says nothing of its own. */
class SilentStream extends Duplex {
  override _read(): void {
    // Bytes come by way of events alone.
  }

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
}
