/**
 * A ClickHouse for the tests, with a configuration of theirs: `node engine-holder.ts DIR PORT` runs
 * one on DIR/data with DIR/server.xml until it is killed.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../../src/store/local/clickhouse-engine.ts';
import { findLibchdb } from '../../src/store/local/libchdb.ts';

const [dir, port] = process.argv.slice(2);
if (dir === undefined || port === undefined) throw new Error('usage: engine-holder.ts DIR PORT');
mkdirSync(join(dir, 'data'), { recursive: true });
const engine = startEngine({
  library: findLibchdb(),
  dataDir: join(dir, 'data'),
  configFile: join(dir, 'server.xml'),
  http: { port: Number(port), user: '', password: '' },
});
process.stderr.write(`the engine ended: ${await engine.ended}\n`);
process.kill(process.pid, 'SIGKILL');
