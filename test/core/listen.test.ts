import { createServer, type Server } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { HarnessError, listen } from '../../src/core/index.ts';

const servers: Server[] = [];
const newServer = (): Server => {
  const server = createServer();
  servers.push(server);
  return server;
};
const WANTED = { who: 'the receiver', hint: 'Free it.', host: '127.0.0.1', port: 0 };

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('a server that listens says on which port', async () => {
  const server = newServer();
  const address = await listen(server, WANTED);
  expect(server.listening).toBe(true);
  expect(address).toMatchObject({ host: '127.0.0.1' });
  expect(address.port).toBeGreaterThan(0);
});

test('an address that is taken is an error that names who wanted it, where and what to do', async () => {
  const { port } = await listen(newServer(), WANTED);
  const error: unknown = await listen(newServer(), { ...WANTED, port }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(HarnessError);
  expect(error).toMatchObject({ code: 'LISTEN_FAILED', hint: 'Free it.' });
  expect(String(error)).toContain(`the receiver cannot listen on 127.0.0.1:${port}: listen EADDR`);
});

test('an address of another machine is told as such, whatever else there would be to do', async () => {
  const foreign = { ...WANTED, host: '192.0.2.1' };
  const error: unknown = await listen(newServer(), foreign).catch((e: unknown) => e);
  expect(error).toMatchObject({
    code: 'LISTEN_FAILED',
    hint: expect.stringContaining('an address of this machine'),
  });
});

test('a connection that cannot be accepted later is reported, not thrown', async () => {
  const server = newServer();
  const onNotAccepted = vi.fn();
  await listen(server, { ...WANTED, onNotAccepted });
  server.emit('error', new Error('accept EMFILE'));
  server.emit('error', new Error('accept EMFILE'));
  expect(onNotAccepted).toHaveBeenCalledTimes(2);
});
