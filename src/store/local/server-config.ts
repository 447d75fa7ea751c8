import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOwnFile } from './own-file.ts';
import { untrusted } from './untrusted.ts';
import { limitsOfThisMachine } from './server-limits.ts';
import { serverXml, usersXml } from './server-xml.ts';
import type { StoreFiles } from './store-files.ts';

/** What the server is started with, apart from its ports. */
export interface ServerConfig {
  readonly configFile: string;
  readonly password: string;
  /** The kept password was none that callgauge makes, so that there is a new one. */
  readonly isPasswordReplaced: boolean;
}

const PASSWORD_FILE = 'password';
const USERS_FILE = 'users.xml';
const CONFIG_FILE = 'server.xml';
const PASSWORD = /^[0-9a-f]{48}$/u;

/**
 * Writes the server's configuration into a folder that is made anew, readable for its owner only,
 * and returns it: ClickHouse merges whatever else lies beside its files. The password alone is
 * taken over, so that a Grafana data source stays valid over restarts.
 * @throws HarnessError STORE_UNTRUSTED where something else lies in the folder
 */
export function writeServerConfig(files: StoreFiles): ServerConfig {
  checkServerConfig(files);
  const { config } = files;
  const kept = readKeptPassword(config);
  const isKept = kept !== undefined && PASSWORD.test(kept);
  const password = isKept ? kept : randomBytes(24).toString('hex');
  rmSync(config, { recursive: true, force: true });
  mkdirSync(config, { mode: 0o700 });
  const usersFile = join(config, USERS_FILE);
  const configFile = join(config, CONFIG_FILE);
  writeNew(join(config, PASSWORD_FILE), `${password}\n`);
  writeNew(usersFile, usersXml(password, limitsOfThisMachine()));
  writeNew(configFile, serverXml(usersFile, join(config, 'none'), password));
  return { configFile, password, isPasswordReplaced: kept !== undefined && !isKept };
}

/**
 * Makes sure that nothing else lies in the folder of the configuration, where there is one.
 * @throws HarnessError STORE_UNTRUSTED
 */
export function checkServerConfig({ config }: StoreFiles): void {
  if (!existsSync(config)) return;
  for (const name of readdirSync(config)) {
    const path = join(config, name);
    const isKnown = [PASSWORD_FILE, USERS_FILE, CONFIG_FILE].includes(name);
    // A server that starts at this moment makes the folder anew.
    if (isKnown && lstatSync(path, { throwIfNoEntry: false })?.isFile() !== false) continue;
    throw untrusted(
      `${path} is not of callgauge: files alone lie there, named ${PASSWORD_FILE}, ${USERS_FILE} and ${CONFIG_FILE}`,
      'Remove it: the server’s configuration is made by callgauge at each start, and read from nowhere else.',
    );
  }
}

function readKeptPassword(config: string): string | undefined {
  return readOwnFile(join(config, PASSWORD_FILE))?.trim();
}

function writeNew(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
}
