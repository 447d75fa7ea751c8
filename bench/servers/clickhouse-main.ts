/**
 * A ClickHouse server over HTTP and the native protocol, without a password, until it is killed:
 * `node clickhouse-main.ts DIR HTTP_PORT`, with DIR/server.xml.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../../src/store/local/clickhouse-engine.ts';
import { findLibchdb } from '../../src/store/local/libchdb.ts';

const [dir = '', port = ''] = process.argv.slice(2);
const dataDir = join(dir, 'data');
mkdirSync(dataDir, { recursive: true });
const engine = startEngine({
  library: findLibchdb(),
  dataDir,
  configFile: join(dir, 'server.xml'),
  http: { port: Number(port), user: '', password: '' },
});
process.stderr.write(`ClickHouse ended: ${await engine.ended}\n`);
process.kill(process.pid, 'SIGKILL');
