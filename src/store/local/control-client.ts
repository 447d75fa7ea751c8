import { connect, type Socket } from 'node:net';
import { onLines, type ControlAnswer, type ControlRequest } from './control-protocol.ts';
import type { ServerRecord } from './server-record.ts';

type Ask = ControlRequest extends infer R ? (R extends unknown ? Omit<R, 'token'> : never) : never;

/** The control port answers from memory: one that is silent for so long hangs. */
const ANSWER_WITHIN_MS = 5_000;
/** Where nothing but the end of the command waits for it. */
const PARTING_WITHIN_MS = 2_000;

/**
 * A connection to the control port of one server. It does not keep this process alive by itself,
 * only while an answer is awaited.
 */
export class ControlClient {
  readonly #socket: Socket;
  readonly #token: string;
  #timedOut = false;
  #awaiting: ((answer: ControlAnswer | undefined) => void)[] = [];

  constructor(record: ServerRecord) {
    this.#token = record.token;
    this.#socket = connect(record.controlPort, '127.0.0.1');
    onLines(this.#socket, (line) => this.#answered(JSON.parse(line) as ControlAnswer));
    // An error is followed by close, and a closed connection is answer enough.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('timeout', () => {
      this.#timedOut = true;
      this.#socket.destroy();
    });
    this.#socket.on('close', () => this.#answered(undefined));
  }

  /** Whether the server was there and did not answer: it hangs. */
  get hangs(): boolean {
    return this.#timedOut;
  }

  /** Returns the server's answer; undefined where it is gone or hangs. */
  ask(request: Ask): Promise<ControlAnswer | undefined> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) {
        resolve(undefined);
        return;
      }
      this.#awaiting.push(resolve);
      this.#socket.ref();
      this.#socket.setTimeout(request.ask === 'release' ? PARTING_WITHIN_MS : ANSWER_WITHIN_MS);
      this.#socket.write(`${JSON.stringify({ ...request, token: this.#token })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #answered(answer: ControlAnswer | undefined): void {
    const gone = answer === undefined;
    for (const resolve of gone ? this.#awaiting.splice(0) : this.#awaiting.splice(0, 1)) {
      resolve(answer);
    }
    if (this.#awaiting.length > 0) return;
    this.#socket.setTimeout(0);
    this.#socket.unref();
  }
}
