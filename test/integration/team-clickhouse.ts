import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { vi } from 'vitest';
import { connectStore, type StoreConnection } from '../../src/store/index.ts';
import { freePort } from './free-port.ts';

const HOLDER = resolve(import.meta.dirname, 'engine-holder.ts');

/** A ClickHouse server of a team's own, with a user who may do all and one who may only read. */
export interface TeamClickHouse {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly admin: StoreConnection;
  /** The URL of the user `reader`, of `readonly = 1` and with SELECT on the database `team`. */
  readonly readerUrl: string;
  close(): Promise<void>;
}

const READERS_GRANTS = '<grants><query>GRANT SELECT ON team.*</query></grants>';
const USERS = `<clickhouse>
  <profiles><default/><reading><readonly>1</readonly></reading></profiles>
  <quotas><default/></quotas>
  <users>
    <default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile></default>
    <admin><password>all</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile></admin>
    <reader>
      <password>look</password><networks><ip>127.0.0.1</ip></networks>
      <profile>reading</profile>${READERS_GRANTS}
    </reader>
  </users>
</clickhouse>`;

/** A cluster of one shard, this server: by default its port would be that one. */
function serverConfig(dir: string): string {
  return `<clickhouse>
  <user_directories><users_xml><path>${join(dir, 'users.xml')}</path></users_xml></user_directories>
  <remote_servers><own><shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard></own></remote_servers>
</clickhouse>`;
}

/** Starts the server, with the database `team` in it. */
export async function teamClickHouse(): Promise<TeamClickHouse> {
  const dir = mkdtempSync(join(tmpdir(), 'callgauge-team-'));
  mkdirSync(join(dir, 'data'));
  writeFileSync(join(dir, 'users.xml'), USERS);
  writeFileSync(join(dir, 'server.xml'), serverConfig(dir));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server: ChildProcess = spawn(process.execPath, [HOLDER, dir, String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const as = { url, username: 'admin', password: 'all', database: 'team' };
  const admin = await vi.waitFor(() => connectStore(as), { timeout: 60_000, interval: 50 });
  await admin.createDatabase();
  return {
    url,
    admin,
    readerUrl: url.replace('//', '//reader:look@'),
    close: async () => {
      await admin.close();
      server.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
