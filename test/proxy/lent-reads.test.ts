import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { withLentReads } from '../../src/proxy/lent-reads.ts';

/** Returns both ends of a connection, the accepted one as the listener of a proxy gives it. */
async function connection() {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  return { server, client, accepted };
}

it('reads accepted connections into memory that they share, once resumed', async () => {
  const memory = new Set<ArrayBufferLike>();
  for (const text of ['one', 'two']) {
    const { server, client, accepted } = await connection();
    let received = '';
    const socket = withLentReads(accepted, (lent, length) => {
      memory.add(lent.buffer);
      received += Buffer.from(lent.subarray(0, length)).toString('latin1');
    });
    expect([socket === accepted, accepted.destroyed, socket.remotePort]).toEqual([
      false,
      true,
      client.localPort,
    ]);
    client.end(text);
    socket.resume();
    await once(socket, 'end');
    expect(received).toBe(text);
    // Half-open: the other direction lives on until it is ended.
    socket.end('answer');
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toBe('answer');
    client.destroy();
    server.close();
  }
  expect(memory.size).toBe(1);
});

it('lends the reads of a socket itself, where there is no handle that can be given away', () => {
  const taken: number[] = [];
  const accepted = new Socket();
  expect(withLentReads(accepted, (_lent, length) => void taken.push(length))).toBe(accepted);
  accepted.emit('data', Buffer.alloc(3));
  expect([taken, accepted.isPaused()]).toEqual([[3], true]);
});
