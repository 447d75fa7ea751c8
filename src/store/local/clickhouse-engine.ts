import { DataType, load, open } from 'ffi-rs';
import { askClickHouse, type ClickHousePort } from './ask-clickhouse.ts';

export interface EngineOptions {
  /** The path of libchdb. */
  readonly library: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly http: ClickHousePort;
  readonly tcpPort: number;
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
 * ends with its last query, so that its last query opens the ports and then sleeps for ever. The
 * engine runs beside the event loop, which stays free.
 *
 * One engine per process and per data folder.
 */
export function startEngine(options: EngineOptions): ClickHouseEngine {
  open({ library: LIBRARY, path: options.library });
  const args = [
    'clickhouse',
    '--listen_host=127.0.0.1',
    `--http_port=${options.http.port}`,
    `--tcp_port=${options.tcpPort}`,
    `--path=${options.dataDir}`,
    `--config-file=${options.configFile}`,
    '--query',
    `SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; ${holdingQuery()}`,
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
      await askClickHouse(options.http, "KILL QUERY WHERE user = 'default' ASYNC");
    },
  };
}

function holdingQuery(): string {
  return `SELECT sleepEachRow(${HOLD_SLEEP_SEC}) FROM system.numbers SETTINGS max_block_size = 1,
    function_sleep_max_microseconds_per_block = 0, max_execution_time = 0 FORMAT Null`;
}

/** Only for an engine that ended by itself: after a stop its result is not to be read. */
function errorOf(answer: unknown): string {
  const text = load({
    library: LIBRARY,
    funcName: 'chdb_result_error',
    retType: DataType.String,
    paramsType: [DataType.External],
    paramsValue: [answer],
  });
  return text.split(', Stack trace')[0] || 'it ended without a word';
}
