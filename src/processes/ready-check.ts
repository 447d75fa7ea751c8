import { connect } from 'node:net';
import { sleep, NS_PER_MS, type Clock, type Ms, type Ns } from '../core/index.ts';
import { get } from '../core/node-http.ts';
import { compilePattern } from '../pattern/index.ts';
import type { ReadySpec } from '../scenario/index.ts';
import { grpcHealth } from './grpc-health.ts';

const POLL_NS = 20 * NS_PER_MS;
const ATTEMPT_TIMEOUT_MS: Ms = 1_000;
const HOST = '127.0.0.1';

/** How a wait for readiness ended: `reason` says what the last attempt met. */
export type Readiness = { readonly isReady: true } | { readonly isReady: false; reason: string };

/** What is asked of a service of this machine. */
export interface ReadyQuestion {
  readonly ready: ReadySpec;
  readonly port: number;
  readonly withinNs: Ns;
  /** Returns the last that the service wrote. */
  readonly output: () => Promise<string>;
}

/**
 * Asks a service of this machine again and again until it is ready as it says, the time is up or
 * `signal` says that waiting has no more use.
 */
export async function waitUntilReady(
  question: ReadyQuestion,
  clock: Clock,
  signal: AbortSignal,
): Promise<Readiness> {
  const deadlineNs = clock.nowNs() + question.withinNs;
  let reason = 'it was not asked';
  while (!signal.aborted) {
    // Asked at least once, and behind the last wait: on a busy machine that may end past the time.
    const isLast = clock.nowNs() >= deadlineNs;
    const obstacle = await obstacleOf(question);
    if (obstacle === '') return { isReady: true };
    reason = obstacle;
    if (isLast) break;
    await sleep(clock, POLL_NS);
  }
  return { isReady: false, reason };
}

/** Returns why the service is not ready; '' where it is. */
function obstacleOf({ ready, port, output }: ReadyQuestion): Promise<string> {
  switch (ready.by) {
    case 'http':
      return httpObstacle(port, ready.path);
    case 'tcp':
      return tcpObstacle(port);
    case 'grpc':
      return grpcHealth({ host: HOST, port, service: ready.service, withinMs: ATTEMPT_TIMEOUT_MS });
    case 'log':
      return logObstacle(ready.pattern, output);
  }
}

function httpObstacle(port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: HOST, port, path, agent: false, timeout: ATTEMPT_TIMEOUT_MS };
    const request = get(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 300 ? '' : `GET ${path} answers ${status}`);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 1 s')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(`GET http://${HOST}:${port}${path} fails: ${error.code ?? error.message}`);
    });
  });
}

function tcpObstacle(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port, timeout: ATTEMPT_TIMEOUT_MS });
    const end = (obstacle: string): void => {
      socket.destroy();
      resolve(obstacle);
    };
    socket.on('connect', () => end(''));
    socket.on('timeout', () => end(`${HOST}:${port} takes no connection within 1 s`));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end(`${HOST}:${port} takes no connection: ${error.code ?? error.message}`);
    });
  });
}

async function logObstacle(pattern: string, output: () => Promise<string>): Promise<string> {
  const lines = (await output()).split('\n');
  const expression = compilePattern(pattern);
  return lines.some((line) => expression.test(line)) ? '' : `it wrote no line that fits ${pattern}`;
}
