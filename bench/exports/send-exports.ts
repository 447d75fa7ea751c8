import { join } from 'node:path';
import { outputOf } from '../child-process.ts';

/** What a sender is told, as JSON in its only argument. */
export interface SenderSpec {
  /** Where traces are taken: `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  /** Of {@link writeBodies}. */
  readonly file: string;
  /** One request at a time on each. */
  readonly connections: number;
  /**
   * How long to send, the same bodies over and over with other trace ids; where it is not given
   * each body is sent once.
   */
  readonly seconds?: number;
}

/** What a sender says at its end, as JSON. */
export interface Sent {
  /** When the first request was written, and when the last answer of 200 came. */
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  readonly requests: number;
  /** Acknowledged by a 200. */
  readonly spans: number;
  /** Answers of 429, 502, 503 and 504, each after which the same body was sent again. */
  readonly refusals: number;
  /** Between a request and its 200. */
  readonly answerP50Ms: number;
  readonly answerP99Ms: number;
}

const BOUND_SEC = 600;

/** Sends from a process of its own until every span is acknowledged. */
export async function sendExports(spec: SenderSpec): Promise<Sent> {
  const program = join(import.meta.dirname, 'sender-main.ts');
  const boundSec = BOUND_SEC + (spec.seconds ?? 0);
  const output = await outputOf([process.execPath, program, JSON.stringify(spec)], { boundSec });
  return JSON.parse(output) as Sent;
}
