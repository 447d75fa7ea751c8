import { createRequire } from 'node:module';
import { errorText, HarnessError } from '../../core/index.ts';

/** What to do instead: the server of docker-compose.yml. */
export const USE_OTHER_SERVER =
  'Start a ClickHouse server with `docker compose up -d clickhouse` and pass ' +
  '--store http://callgauge:callgauge@127.0.0.1:8123/callgauge.';

/**
 * Returns the path of libchdb, the ClickHouse server as a library, out of the npm package chdb.
 * @throws HarnessError STORE_UNSUPPORTED on a platform that chdb has no build for (Windows, musl),
 * or where the optional packages chdb and ffi-rs are not installed.
 */
export function findLibchdb(): string {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    require.resolve('ffi-rs');
    const chdb = require('chdb/libchdb') as { libchdbPath(): string };
    return chdb.libchdbPath();
  } catch (error) {
    if (isMissing(error)) {
      throw new HarnessError(
        'STORE_UNSUPPORTED',
        'the local ClickHouse server is not installed: its npm packages chdb and ffi-rs were left out',
        {
          hint: `Install them (npm install --include=optional; 545 MB). Or: ${USE_OTHER_SERVER}`,
          cause: error,
        },
      );
    }
    const reason = isMusl()
      ? 'chdb is built for glibc, and this system has musl'
      : (errorText(error).split('\n')[0] ?? '');
    throw new HarnessError(
      'STORE_UNSUPPORTED',
      `the local ClickHouse server does not run on ${platform}: ${reason}`,
      { hint: USE_OTHER_SERVER, cause: error },
    );
  }
}

/** One of the packages themselves, not what chdb has for this platform. */
function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
}

/** Node reports the version of glibc that it runs on; on musl it reports none. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}
