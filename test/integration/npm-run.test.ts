import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

/** Resolves to whether somebody listens on a port of this machine. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve: answer } = Promise.withResolvers<boolean>();
  socket.once('connect', () => answer(true)).once('error', () => answer(false));
  return promise.finally(() => socket.destroy());
}

it('leaves nothing behind where the npm that started it is killed', async () => {
  const npm = spawn('npm', ['run', '-s', 'callgauge', '--', 'proxy', '--listen', '0'], {
    cwd: resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  npm.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const portSaid = (): number =>
    Number(/admin API at http:\/\/127\.0\.0\.1:(\d+)/u.exec(said)?.[1]);
  await expect.poll(portSaid).toBeGreaterThan(0);
  expect(await isListening(portSaid())).toBe(true);
  npm.kill('SIGTERM');
  await once(npm, 'exit');
  await expect.poll(() => isListening(portSaid())).toBe(false);
});
