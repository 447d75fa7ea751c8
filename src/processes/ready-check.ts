import { get } from 'node:http';
import { sleep, NS_PER_MS, type Clock, type Ms, type Ns } from '../core/index.ts';

const POLL_NS = 20 * NS_PER_MS;
const ATTEMPT_TIMEOUT_MS: Ms = 1_000;

/** How a wait for readiness ended: `reason` says what the last attempt met. */
export type Readiness = { readonly isReady: true } | { readonly isReady: false; reason: string };

/**
 * Asks a service of this machine again and again until a GET of `path` answers 2xx, the time is up
 * or `signal` says that waiting has no more use.
 */
export async function waitUntilReady(
  port: number,
  path: string,
  withinNs: Ns,
  clock: Clock,
  signal: AbortSignal,
): Promise<Readiness> {
  const deadlineNs = clock.nowNs() + withinNs;
  let reason = 'it was not asked';
  while (!signal.aborted && clock.nowNs() < deadlineNs) {
    const answer = await statusOf(port, path);
    if (answer.status >= 200 && answer.status < 300) return { isReady: true };
    reason = answer.reason;
    await sleep(clock, POLL_NS);
  }
  return { isReady: false, reason };
}

interface Answer {
  /** 0 where none came. */
  readonly status: number;
  readonly reason: string;
}

function statusOf(port: number, path: string): Promise<Answer> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path, agent: false, timeout: ATTEMPT_TIMEOUT_MS };
    const request = get(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve({ status, reason: `GET ${path} answers ${status}` });
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 1 s')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      const what = error.code ?? error.message;
      resolve({ status: 0, reason: `GET http://127.0.0.1:${port}${path} fails: ${what}` });
    });
  });
}
