import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { vi } from 'vitest';
import { freePort } from './free-port.ts';

const HOLDER = resolve(import.meta.dirname, 'engine-holder.ts');
const USERS = `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile></default>
  </users>
</clickhouse>`;

/**
 * A ClickHouse server of somebody else's, without a password, that can be killed, frozen and
 * started again on its data and its port.
 */
export class MortalClickHouse {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly #dir: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  /** Returns one that answers. */
  static async started(): Promise<MortalClickHouse> {
    const server = new MortalClickHouse(await freePort());
    await server.start();
    return server;
  }

  private constructor(port: number) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#dir = mkdtempSync(join(tmpdir(), 'callgauge-mortal-'));
    const users = join(this.#dir, 'users.xml');
    writeFileSync(users, USERS);
    const config = `<clickhouse><user_directories><users_xml><path>${users}</path></users_xml></user_directories></clickhouse>`;
    writeFileSync(join(this.#dir, 'server.xml'), config);
  }

  /** Starts it where it does not run, and resolves when it answers. */
  async start(): Promise<void> {
    this.#process ??= spawn(process.execPath, [HOLDER, this.#dir, String(this.#port)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await vi.waitFor(() => this.rows('SELECT 1'), { timeout: 60_000, interval: 50 });
  }

  /** Ends it as a loss of power does, but for the disk. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** Keeps it from running; its connections stay open. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Returns the rows of a query, each as its values. */
  async rows(sql: string): Promise<unknown[][]> {
    const url = `${this.url}/?default_format=JSONCompact`;
    const answer = await fetch(url, { method: 'POST', body: sql });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`ClickHouse refused '${sql}': ${text}`);
    return text === '' ? [] : (JSON.parse(text) as { readonly data: unknown[][] }).data;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
