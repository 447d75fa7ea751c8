import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../child-process.ts';
import { freePort } from './free-port.ts';
import { untilAccepting } from './until-accepting.ts';

/** A ClickHouse server for one bench. */
export interface ClickHouseServer {
  readonly version: string;
  readonly pid: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `tcp://127.0.0.1:PORT`, the native protocol. */
  readonly nativeUrl: string;
  /** Returns the rows of a query, each as its values. */
  rows(sql: string): Promise<unknown[][]>;
  stop(): Promise<void>;
}

const BOUND_SEC = 7_200;
const START_WITHIN_SEC = 30;

/**
 * Starts a server, of the program of callgauge's own store and with its settings for a machine that
 * does something else besides, on an empty folder.
 */
export async function startClickHouse(scratch: string): Promise<ClickHouseServer> {
  const dir = join(scratch, 'clickhouse');
  mkdirSync(dir);
  const [httpPort, nativePort] = [await freePort(), await freePort()];
  writeFileSync(join(dir, 'server.xml'), configOf(join(dir, 'users.xml'), nativePort));
  writeFileSync(join(dir, 'users.xml'), USERS);
  const program = join(import.meta.dirname, 'clickhouse-main.ts');
  const argv = [process.execPath, program, dir, String(httpPort)];
  const child = startProcess(argv, { boundSec: BOUND_SEC });
  const url = `http://127.0.0.1:${httpPort}`;
  const ask = async (sql: string): Promise<string> => {
    const answer = await fetch(`${url}/?default_format=JSONCompact`, { method: 'POST', body: sql });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`ClickHouse refused '${sql}': ${text}`);
    return text;
  };
  const rows = async (sql: string): Promise<unknown[][]> => {
    const text = await ask(sql);
    return text === '' ? [] : (JSON.parse(text) as { readonly data: unknown[][] }).data;
  };
  await untilAccepting('ClickHouse', httpPort, START_WITHIN_SEC);
  await ask('SYSTEM START LISTEN TCP');
  await untilAccepting('ClickHouse, native,', nativePort);
  return {
    version: String((await rows('SELECT version()'))[0]?.[0]),
    pid: child.pid,
    url,
    nativeUrl: `tcp://127.0.0.1:${nativePort}`,
    rows,
    stop: () => child.stop(),
  };
}

const USERS = `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile></default>
  </users>
</clickhouse>
`;

function configOf(usersFile: string, nativePort: number): string {
  return `<clickhouse>
  <user_directories><users_xml><path>${usersFile}</path></users_xml></user_directories>
  <tcp_port>${nativePort}</tcp_port>
  <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>67108864</mark_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
</clickhouse>
`;
}
