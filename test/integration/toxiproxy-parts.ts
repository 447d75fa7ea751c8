import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';

import { freePort } from './free-port.ts';
import { installedPart } from './installed-parts.ts';

/** The programs of Toxiproxy that tests compare with. */
export const TOXIPROXY_SERVER = installedPart('bin/toxiproxy-server');
export const TOXIPROXY_CLI = installedPart('bin/toxiproxy-cli');

/** The official server, listening on a port of its own. */
export class ToxiproxyServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(path: string): Promise<ToxiproxyServer> {
    const port = await freePort();
    const args = ['-host', '127.0.0.1', '-port', String(port), '-proxy-metrics'];
    const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const started = new ToxiproxyServer(`http://127.0.0.1:${port}`, child);
    child.stdout.setEncoding('utf8').resume();
    // What it prints comes before it listens: only asking shows whether it answers.
    for (let attempt = 0; attempt < 3_000 && child.exitCode === null; attempt++) {
      const answer = await fetch(`${started.url}/version`).catch(() => undefined);
      if (answer?.ok) return started;
      await sleep(10);
    }
    await started.stop();
    throw new Error('toxiproxy-server does not answer');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/**
 * Runs the official command line against an admin API; its output, error and exit code as one text.
 */
export function toxiproxyCli(path: string, url: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(path, ['--host', url, ...args], (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}[${child.exitCode}]`),
    );
  });
}
