import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { existsSync } from 'node:fs';

/** The programs of Toxiproxy that tests compare with, in PATH or named by an environment variable. */
export const TOXIPROXY_SERVER = program('toxiproxy-server', 'CALLGAUGE_TOXIPROXY_SERVER');
export const TOXIPROXY_CLI = program('toxiproxy-cli', 'CALLGAUGE_TOXIPROXY_CLI');

/**
 * Says in one line that a test is skipped, and why.
 * @throws where every real part is required
 */
export function skippedFor(missing: string): string {
  const reason = `skipped: ${missing} is not installed (go install github.com/Shopify/toxiproxy/v2/cmd/...)`;
  if (process.env['CALLGAUGE_REQUIRE'] === 'all') throw new Error(reason);
  return reason;
}

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
    for (let attempt = 0; attempt < 200; attempt++) {
      const answer = await fetch(`${started.url}/version`).catch(() => undefined);
      if (answer?.ok) return started;
      if (child.exitCode !== null) break;
      await new Promise((resolve) => child.stdout.once('data', resolve));
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

/** Runs the official command line against an admin API; its output, error and exit code as one text. */
export function toxiproxyCli(path: string, url: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(path, ['--host', url, ...args], (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}[${child.exitCode}]`),
    );
  });
}

/** Returns a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function program(name: string, variable: string): string | undefined {
  const named = process.env[variable];
  if (named !== undefined) return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
