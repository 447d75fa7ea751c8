import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Inbox } from '../../src/sender/inbox.ts';
import type { WorkerInput } from '../../src/sender/thread-messages.ts';

test('orders wait for whoever takes them, and come in the order in which they were given', async () => {
  const port = new EventEmitter();
  const inbox = new Inbox(port as unknown as MessagePort);
  const input = { runId: '0123456789abcdef' } as unknown as WorkerInput;
  const taken: string[] = [];
  port.emit('message', { kind: 'input', input });
  port.emit('message', { kind: 'ask' });
  port.emit('message', { kind: 'stop', graceNs: 0 });
  expect(await inbox.input).toBe(input);
  expect(taken).toEqual([]);
  inbox.takeOrders(({ kind }) => taken.push(kind));
  port.emit('message', { kind: 'tear-down' });
  expect(taken).toEqual(['ask', 'stop', 'tear-down']);
});
