import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DirectWrites } from '../../src/proxy/direct-writes.ts';

let dir: string;
let descriptor: number;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'callgauge-'));
  descriptor = openSync(join(dir, 'written'), 'w');
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(dir, { recursive: true });
});

/** What is asked of a socket: an open one, whose descriptor is that of a file. */
function socketOf(fd: number | undefined) {
  const state = { writableLength: 0, writable: true, connecting: false, _handle: { fd } };
  return { state, writes: new DirectWrites(state as unknown as Socket) };
}

const BYTES = Buffer.from('abcdef');
const written = (): string => readFileSync(join(dir, 'written'), 'latin1');

it('writes the first bytes to the descriptor and says how many were taken', () => {
  const { writes } = socketOf(descriptor);
  expect([writes.write(BYTES, 4), writes.write(BYTES, 6), written()]).toEqual([4, 6, 'abcdabcdef']);
});

it('lets nothing overtake what waits in the socket', () => {
  const { state, writes } = socketOf(descriptor);
  writes.write(BYTES, 1);
  state.writableLength = 1;
  expect([writes.write(BYTES, 6), written()]).toEqual([0, 'a']);
});

it('does not touch the descriptor of a socket that is gone: it may be another’s', () => {
  const { state, writes } = socketOf(descriptor);
  writes.write(BYTES, 1);
  state.writable = false;
  expect([writes.write(BYTES, 6), written()]).toEqual([0, 'a']);
});

it('asks for the descriptor once the socket is connected', () => {
  const { state, writes } = socketOf(undefined);
  state.connecting = true;
  expect(writes.write(BYTES, 6)).toBe(0);
  Object.assign(state, { connecting: false, _handle: { fd: descriptor } });
  expect([writes.write(BYTES, 6), written()]).toEqual([6, 'abcdef']);
});

it.each([
  ['a descriptor that refuses', 1_000_000],
  ['a platform that does not tell it', -1],
  ['a socket without one', undefined],
])('leaves all to the socket, of %s', (_name, fd) => {
  expect(socketOf(fd).writes.write(BYTES, 6)).toBe(0);
});
