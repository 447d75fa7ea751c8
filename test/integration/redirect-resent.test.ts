import type { Socket } from 'node:net';
import { expect, it } from 'vitest';

import { epochNowMs } from '../../src/core/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { startRawServer } from './raw-server.ts';
import { RUN_ID } from './real-run.ts';

const ITERATIONS = 4;

it('a hop of a redirect that meets the close of its connection is sent again', async () => {
  const seen = new WeakSet<Socket>();
  const answered: string[] = [];
  // One answer on each connection; what comes behind it meets the close.
  const server = await startRawServer((socket, request) => {
    if (seen.has(socket)) {
      socket.end();
      return;
    }
    seen.add(socket);
    const path = request.split(' ')[1] ?? '';
    answered.push(path);
    socket.write(
      path === '/next'
        ? 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
        : 'HTTP/1.1 302 Found\r\nlocation: /next\r\ncontent-length: 0\r\n\r\n',
    );
  });
  const counters = new Map<string, number>();
  const scenario = parseScenario(
    `name: redirects
targets: { t: { url: "${server.url}", connections: 1 } }
flows: { f: [{ step: s, target: t, http: { path: /first, redirects: 1 }, check: { status: 200 } }] }
load: [{ phase: p, users: 1, iterations: ${ITERATIONS}, for: 30s }]
`,
    'redirects.yaml',
  );
  const sender = await startSender({
    scenario: asReady(scenario),
    runId: RUN_ID,
    onSlice: (slice) => {
      for (const { counter, value } of slice.counters) {
        counters.set(counter, (counters.get(counter) ?? 0) + value);
      }
    },
  });
  sender.begin(epochNowMs() + 20);
  const { finished } = await sender.ended;
  await server.close();
  expect(finished).toMatchObject({
    ok: ITERATIONS,
    transport: 0,
    status: 0,
    check: 0,
    rejected: 0,
    fallback: 0,
    timeout: 0,
  });
  expect(answered).toEqual(Array.from({ length: ITERATIONS }, () => ['/first', '/next']).flat());
  // All but the very first request find their connection closed.
  expect(counters.get('resent_calls')).toBe(2 * ITERATIONS - 1);
  expect(counters.get('redirects')).toBe(ITERATIONS);
});
