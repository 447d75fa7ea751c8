import { DataType, isNullPointer, load, open, type JsExternal } from 'ffi-rs';
import { askClickHouse, type ClickHousePort } from './ask-clickhouse.ts';

export interface EngineOptions {
  /** The path of libchdb. */
  readonly library: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly http: ClickHousePort;
}

/** ClickHouse, running in a thread of this process. */
export interface ClickHouseEngine {
  /** Settles when the engine has ended, with what it died of: '' after a clean stop. */
  readonly ended: Promise<string>;
  /**
   * Asks it to end: running queries finish or are cancelled, tables are closed. It may also end
   * the whole process by itself, where connections stay open.
   */
  stop(): Promise<void>;
}

const LIBRARY = 'chdb';
const HOLD_SLEEP_SEC = 0.1;

/**
 * Starts a ClickHouse server in this process: the whole command line of clickhouse-local, which
 * ends with its last query, so that it opens the port and its last query sleeps for ever. The
 * engine runs beside the event loop, which stays free.
 *
 * The native protocol has no port: this engine ends its process when a client of it fails to log
 * in.
 *
 * One engine per process and per data folder.
 */
export function startEngine(options: EngineOptions): ClickHouseEngine {
  open({ library: LIBRARY, path: options.library });
  const args = [
    'clickhouse',
    '--listen_host=127.0.0.1',
    `--http_port=${options.http.port}`,
    `--path=${options.dataDir}`,
    `--config-file=${options.configFile}`,
    '--query',
    `SYSTEM START LISTEN HTTP; ${holdingQuery()}`,
  ];
  const result = load({
    library: LIBRARY,
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [args.length, args],
    runInNewThread: true,
  });
  let stopping = false;
  return {
    ended: result.then((answer) => (stopping ? '' : errorOf(answer))),
    stop: async () => {
      stopping = true;
      // The holding query: whoever comes over the network has a name.
      await askClickHouse(options.http, "KILL QUERY WHERE user = '' ASYNC");
    },
  };
}

function holdingQuery(): string {
  return `SELECT sleepEachRow(${HOLD_SLEEP_SEC}) FROM system.numbers SETTINGS max_block_size = 1,
    function_sleep_max_microseconds_per_block = 0, max_execution_time = 0 FORMAT Null`;
}

/**
 * The engine reports a configuration that it does not accept in its result, and a query that failed
 * on stderr, which is the log.
 */
function errorOf(result: JsExternal): string {
  const asking = {
    library: LIBRARY,
    funcName: 'chdb_result_error',
    paramsType: [DataType.External],
    paramsValue: [result],
  };
  if (isNullPointer(load({ ...asking, retType: DataType.External }))) return 'see the line before';
  return load({ ...asking, retType: DataType.String }).split(', Stack trace')[0] ?? '';
}
