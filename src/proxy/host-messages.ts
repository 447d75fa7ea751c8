import type { ProxySpec } from '../toxics/index.ts';
import { HarnessError, type ErrorCode } from '../core/index.ts';
import type { ProxyControl } from './proxy-control.ts';
import type { ProxySet } from './proxy-set.ts';

/** What the proxies' thread is started with. */
export interface ProxyWorkerData {
  readonly proxies: readonly ProxySpec[];
  readonly seed: number;
  readonly runId: string | undefined;
  /** Whether touches are told of without a run, to whoever asks for them. */
  readonly tellsAnyone: boolean;
}

/** What can be asked of the proxies' thread. */
export type ProxyMethods = ProxyControl & Pick<ProxySet, 'takeTouches'>;
export type ProxyMethod = keyof ProxyMethods;

/** A call of one of the methods, with the number by which its answer is known. */
export interface ProxyCall {
  readonly id: number;
  readonly method: ProxyMethod;
  readonly args: readonly unknown[];
}

/** The first message of the proxies' thread, or an answer. */
export type ProxyMessage =
  /** The addresses of the proxies that it was started with, by name. */
  | { readonly type: 'listening'; readonly addresses: ReadonlyMap<string, string> }
  | { readonly type: 'not-listening'; readonly error: SentError }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly error: SentError };

/** An operational error on its way between threads, which would make a plain Error of it. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** The platform's code for the cause, `EADDRINUSE`; empty if it has none. */
  readonly causeCode: string;
}

/** Returns the error in a form that can be sent. */
export function sentError({ code, message, hint, cause }: HarnessError): SentError {
  const known = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return { code, message, hint, causeCode: typeof known === 'string' ? known : '' };
}

/** Returns the error that was sent; its cause has a `code` alone. */
export function receivedError({ code, message, hint, causeCode }: SentError): HarnessError {
  const cause =
    causeCode === '' ? undefined : Object.assign(new Error(causeCode), { code: causeCode });
  return new HarnessError(code, message, { hint, cause });
}
