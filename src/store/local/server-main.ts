/**
 * The process of the local ClickHouse server: `node server-main.ts '{"dir": ...}'`.
 *
 *   take the lock ─► engine starts ─► answers ─► store.json ─► leases come and go ─► stop
 *
 * It outlives the command that started it and ends by itself (server-life.ts).
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  epochNowMs,
  errorText,
  NS_PER_MS,
  NS_PER_SEC,
  nsFromMs,
  printableLines,
  sleep,
  systemClock,
  thisProcess,
} from '../../core/index.ts';
import { DEFAULT_DATABASE } from '../store-address.ts';
import { askClickHouse, type ClickHousePort } from './ask-clickhouse.ts';
import { startEngine, type ClickHouseEngine } from './clickhouse-engine.ts';
import { startControlServer } from './control-server.ts';
import { freePort, isTaken } from './free-port.ts';
import { lockHolder, releaseLock, takeLock } from './lock-file.ts';
import { writeServerConfig } from './server-config.ts';
import { EXIT_TRY_AGAIN, parseServerArguments, type ServerArguments } from './server-arguments.ts';
import { ServerLife } from './server-life.ts';
import { removeServerRecord, writeServerRecord } from './server-record.ts';
import { SERVER_USER } from './server-xml.ts';
import { storeFiles, type StoreFiles } from './store-files.ts';

const FIRST_LEASE_NS = 5 * NS_PER_SEC;
const LINGER_NS = 1 * NS_PER_SEC;
/** A little longer than a command waits, which then ends this process with a better word. */
const READY_WITHIN_NS = 70 * NS_PER_SEC;
const READY_POLL_NS = 5 * NS_PER_MS;
const UPKEEP_NS = 10 * NS_PER_SEC;
/**
 * A stop takes a tenth of it, unless a tool keeps an idle connection open: the engine waits then.
 */
const STOP_WITHIN_NS = 1.5 * NS_PER_SEC;

const clock = systemClock();
const self = thisProcess();

process.on('uncaughtException', (error) => die(`crashed: ${error.stack ?? error.message}`));
process.on('unhandledRejection', (reason) => die(`crashed: ${errorText(reason)}`));
process.on('SIGHUP', () => log('the terminal is gone, going on'));

await main(parseServerArguments(process.argv[2] ?? '')).catch((error) => die(errorText(error)));

async function main(options: ServerArguments): Promise<void> {
  const files = storeFiles(options.dir);
  if (!takeLock(files.lock, self)) process.exit(EXIT_TRY_AGAIN);
  const { configFile, password, isPasswordReplaced } = writeServerConfig(files);
  if (isPasswordReplaced) log('the kept password was not of 48 hex digits: there is a new one');
  const http = { port: options.httpPort ?? (await freePort()), user: SERVER_USER, password };
  const engine = startEngine({
    library: options.library,
    dataDir: files.data,
    configFile,
    http,
  });
  const tooLate = clock.after(READY_WITHIN_NS, () =>
    die(`ClickHouse does not answer after ${READY_WITHIN_NS / NS_PER_SEC} s`),
  );
  const version = await Promise.race([whenReady(http), engine.ended.then(() => undefined)]);
  tooLate.cancel();
  if (version === undefined) return startFailed(await engine.ended, options, files, http.port);

  const token = randomBytes(24).toString('hex');
  const life = new ServerLife({
    clock,
    firstLeaseNs: FIRST_LEASE_NS,
    lingerNs: LINGER_NS,
    end: (reason) => void stop(engine, files, reason),
  });
  if (options.idleMs !== undefined) life.keep(nsFromMs(options.idleMs));
  process.on('SIGTERM', () => life.end('SIGTERM'));
  process.on('SIGINT', () => life.end('SIGINT'));
  void engine.ended.then((error) => life.isOver || die(`ClickHouse ended: ${error}`));
  const control = await startControlServer(life, token);
  writeServerRecord(files.record, {
    ...self,
    httpPort: http.port,
    controlPort: control.port,
    token,
    user: SERVER_USER,
    password,
    database: DEFAULT_DATABASE,
    version,
    startedAt: new Date(epochNowMs()).toISOString(),
  });
  log(`ClickHouse ${version} answers on http://127.0.0.1:${http.port}`);
  void upkeep(life, files, http);
}

async function whenReady(http: ClickHousePort): Promise<string> {
  for (;;) {
    try {
      // With the password: whoever else has this port by now does not know it.
      return await askClickHouse(http, 'SELECT version()');
    } catch {
      await sleep(clock, READY_POLL_NS);
    }
  }
}

async function startFailed(
  error: string,
  options: ServerArguments,
  files: StoreFiles,
  httpPort: number,
): Promise<void> {
  releaseLock(files.lock, self);
  if (options.httpPort === undefined && (await isTaken(httpPort))) process.exit(EXIT_TRY_AGAIN);
  die(`ClickHouse did not start: ${error}`);
}

/**
 * Looks now and then whether somebody sent queries, and whether the folder is still this server's:
 * one that was deleted under it must not be held for ever.
 */
async function upkeep(life: ServerLife, files: StoreFiles, http: ClickHousePort): Promise<void> {
  let seen = 0;
  while (!life.isOver) {
    await sleep(clock, UPKEEP_NS);
    if (!existsSync(files.data) || lockHolder(files.lock)?.pid !== self.pid) {
      life.end('its folder is gone');
    }
    if (life.idleNs === undefined) continue;
    const count = await queryCount(http);
    // This very query is one of them.
    if (count > seen + 1) life.used();
    seen = count;
  }
}

async function queryCount(http: ClickHousePort): Promise<number> {
  try {
    const sql = "SELECT sum(value) FROM system.events WHERE event = 'Query'";
    return Number(await askClickHouse(http, sql));
  } catch (error) {
    log(`cannot count the queries: ${errorText(error)}`);
    return 0;
  }
}

async function stop(engine: ClickHouseEngine, files: StoreFiles, reason: string): Promise<void> {
  log(`stopping: ${reason}`);
  removeServerRecord(files.record, self);
  clock.after(STOP_WITHIN_NS, () => die('a connection is still open; killed'));
  try {
    await engine.stop();
    await engine.ended;
  } catch (error) {
    die(`ClickHouse did not stop: ${errorText(error)}`);
  }
  releaseLock(files.lock, self);
  log('stopped');
  process.exit(0);
}

/**
 * The end without ceremony, since an exit would wait for the engine's threads. Every insert that
 * was acknowledged is on the disk.
 */
function die(reason: string): never {
  log(reason);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable: a killed process does not go on');
}

function log(text: string): void {
  process.stderr.write(
    `${new Date(epochNowMs()).toISOString()} ${printableLines(text).join('\n  ')}\n`,
  );
}
