import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreFiles } from './store-files.ts';

export const SERVER_USER = 'callgauge';

/** What the server is started with, apart from its ports. */
export interface ServerConfig {
  readonly configFile: string;
  readonly password: string;
}

/**
 * Writes the server's configuration, readable for its owner only, and returns it. The password is
 * made once per folder, so that a Grafana data source stays valid over restarts.
 */
export function writeServerConfig(files: StoreFiles): ServerConfig {
  mkdirSync(files.config, { recursive: true, mode: 0o700 });
  const password = keptPassword(join(files.config, 'password'));
  const usersFile = join(files.config, 'users.xml');
  const configFile = join(files.config, 'server.xml');
  writeFileSync(usersFile, usersXml(password), { mode: 0o600 });
  writeFileSync(configFile, serverXml(usersFile), { mode: 0o600 });
  return { configFile, password };
}

function keptPassword(path: string): string {
  try {
    const kept = readFileSync(path, 'utf8').trim();
    if (kept.length >= 32) return kept;
  } catch {
    // None yet: made below.
  }
  const password = randomBytes(24).toString('hex');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  return password;
}

/** Sized for a machine that is busy with something else: the run that is being measured. */
function serverXml(usersFile: string): string {
  return `<clickhouse>
  <user_directories><users_xml><path>${xmlText(usersFile)}</path></users_xml></user_directories>
  <keep_alive_timeout>30</keep_alive_timeout>
  <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>67108864</mark_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <send_crash_reports><enabled>false</enabled></send_crash_reports>
</clickhouse>
`;
}

/**
 * A web page can post to any port of this machine, so nobody is let in without the password. One
 * exception cannot be helped: the engine's own session is \`default\` without a password. It may do
 * no more than open the ports and hold the process, and its quota is used up by doing so.
 */
function usersXml(password: string): string {
  return `<clickhouse>
  <profiles><default></default></profiles>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>start_once</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT SELECT ON system.numbers</query>
      </grants>
    </default>
    <${SERVER_USER}>
      <password>${password}</password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </${SERVER_USER}>
  </users>
  <quotas>
    <default></default>
    <start_once>
      <interval><duration>2147483647</duration><queries>3</queries></interval>
    </start_once>
  </quotas>
</clickhouse>
`;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
