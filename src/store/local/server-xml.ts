import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ServerLimits } from './server-limits.ts';

/** Whom the local server lets in. */
export const SERVER_USER = 'callgauge';

/**
 * What callgauge, and a user's own tools, do to tables. No table function and no engine among them
 * reads files, asks other servers or starts programs.
 */
const ACTIONS =
  'SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE TEMPORARY TABLE, ' +
  'DROP DATABASE, DROP TABLE, DROP VIEW, UNDROP TABLE, TRUNCATE, OPTIMIZE, KILL QUERY';
const ENGINES = [
  ...['', 'Replacing', 'Summing', 'Aggregating'].map((kind) => `${kind}MergeTree`),
  ...['Memory', 'Null', 'Log', 'TinyLog', 'StripeLog', 'Buffer', 'Merge', 'View'],
  'MaterializedView',
];
const GRANTS = [
  `GRANT ${ACTIONS} ON *.*`,
  ...ENGINES.map((engine) => `GRANT TABLE ENGINE ON ${engine}`),
];

/**
 * Settings that no query may change: each names a file to read or to write, a server to ask, or
 * where a table lies. Rights do not ask about them. Those of tables begin with merge_tree.
 */
const CONSTANTS = [
  ...['merge_tree_disk', 'merge_tree_table_disk', 'merge_tree_storage_policy'],
  ...['format_template_row', 'format_template_resultset', 'format_schema', 'format_schema_source'],
  ...['input_format_record_errors_file_path', 'format_avro_schema_registry_url'],
  'add_http_cors_header',
];

/** Where the engine looks for scripts, schemas, functions and files that queries name. */
const FOLDERS = [
  ...['user_files_path', 'user_scripts_path', 'user_defined_path', 'format_schema_path'],
  ...['google_protos_path', 'dictionaries_lib_path', 'top_level_domains_path'],
];

/** In ClickHouse's own form, so that its clients take it for what it is. */
const REFUSAL =
  'Code: 516. DB::Exception: user and password are not those of this store, or are not in the ' +
  'headers Authorization (Basic) or X-ClickHouse-User and X-ClickHouse-Key. (AUTHENTICATION_FAILED)\n';

/**
 * Returns the server's configuration: sized for a machine that is busy with something else, the run
 * that is being measured. Scripts, functions and schemas that a query names are looked for in the
 * empty folder.
 *
 * The HTTP port is the only one, and a request without the password in its headers gets as far as
 * the last rule: it meets no user, no page of ClickHouse's own, and no CORS header. That shuts out
 * `default` too, which cannot be given a password or another network (see {@link usersXml}).
 */
export function serverXml(usersFile: string, emptyFolder: string, password: string): string {
  const basic = Buffer.from(`${SERVER_USER}:${password}`).toString('base64');
  return `<clickhouse>
  <user_directories><users_xml><path>${xmlText(usersFile)}</path></users_xml></user_directories>
  <display_name>callgauge</display_name>
  ${FOLDERS.map((name) => `<${name}>${xmlText(join(emptyFolder, '/'))}</${name}>`).join('\n  ')}
  <http_allow_path_requests>0</http_allow_path_requests>
  <http_handlers>
    ${queryRule(`<Authorization>Basic ${basic}</Authorization>`)}
    ${queryRule(`<X-ClickHouse-User>${SERVER_USER}</X-ClickHouse-User><X-ClickHouse-Key>${password}</X-ClickHouse-Key>`)}
    <rule>
      <handler>
        <type>static</type>
        <status>403</status>
        <content_type>text/plain; charset=utf-8</content_type>
        <response_content>${xmlText(REFUSAL)}</response_content>
      </handler>
    </rule>
  </http_handlers>
  <keep_alive_timeout>30</keep_alive_timeout>
  <max_server_memory_usage_to_ram_ratio>0.5</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>67108864</mark_cache_size>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>4</background_schedule_pool_size>
  <send_crash_reports><enabled>false</enabled></send_crash_reports>
</clickhouse>
`;
}

function queryRule(headers: string): string {
  return `<rule>
      <url>/</url>
      <methods>GET,POST</methods>
      <headers>${headers}</headers>
      <handler>
        <type>dynamic_query_handler</type>
        <query_param_name>query</query_param_name>
      </handler>
    </rule>`;
}

/**
 * Returns the server's users. The engine opens its own session as \`default\`, without a password
 * and from 127.0.0.1, and takes no other: the user has to exist, may open the port and hold the
 * process, and no request gets as far as to name it.
 */
export function usersXml(password: string, limits: ServerLimits): string {
  const hash = createHash('sha256').update(password).digest('hex');
  const bounds = [
    ['max_memory_usage', limits.queryBytesMax],
    ['max_memory_usage_for_user', limits.userBytesMax],
    ['max_execution_time', limits.queryTimeMaxSec],
    ['max_threads', limits.threadsMax],
    ['max_concurrent_queries_for_user', limits.queriesMax],
  ] as const;
  return `<clickhouse>
  <profiles>
    <default></default>
    <engine>
      <max_memory_usage>67108864</max_memory_usage>
      <max_threads>1</max_threads>
      <max_sessions_for_user>1</max_sessions_for_user>
    </engine>
    <${SERVER_USER}>
      ${bounds.map(([name, value]) => `<${name}>${value}</${name}>`).join('\n      ')}
      <add_http_cors_header>0</add_http_cors_header>
      <constraints>
        ${bounds.map(([name, value]) => `<${name}><min>1</min><max>${value}</max></${name}>`).join('\n        ')}
        ${CONSTANTS.map((name) => `<${name}><const/></${name}>`).join('\n        ')}
      </constraints>
    </${SERVER_USER}>
  </profiles>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>engine</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT SELECT ON system.numbers</query>
      </grants>
    </default>
    <${SERVER_USER}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>${SERVER_USER}</profile>
      <quota>default</quota>
      <grants>${GRANTS.map((grant) => `<query>${grant}</query>`).join('')}</grants>
    </${SERVER_USER}>
  </users>
  <quotas><default></default></quotas>
</clickhouse>
`;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
