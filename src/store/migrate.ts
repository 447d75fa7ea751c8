import { createHash } from 'node:crypto';
import { HarnessError } from '../core/index.ts';
import type { StoreConnection } from './connection.ts';
import { migrationFiles, statementsOf, type MigrationFile } from './sql-files.ts';
import type { SpanLayout } from './span-layout.ts';
import { isMissingTable, isUnknownSetting } from './store-error.ts';
import {
  checkTables,
  lacksTables,
  probeSpans,
  seenTables,
  type StoreAccess,
} from './table-check.ts';

interface AppliedRow {
  readonly Version: number;
  readonly Checksum: string;
}

/** What an `otel_traces` that is no MergeTree table goes without: our column, and views on it. */
const IS_ON_SPANS =
  /^(?:ALTER TABLE|CREATE TABLE IF NOT EXISTS|FROM) otel_traces(?:_trace_id_ts)?$/mu;

/** How a table lies on disk, which a server that does not know the setting decides itself. */
const IS_SETTING = /^\s*MODIFY SETTING /mu;

/** Two processes that create one table at the same time can trip over each other's files. */
const ATTEMPTS_MAX = 3;

export interface PrepareOptions {
  readonly access?: StoreAccess;
  readonly files?: readonly MigrationFile[];
}

/** What was found and made. */
export interface PreparedTables {
  /** The names of the migrations that were applied, in their order. */
  readonly applied: readonly string[];
  readonly layout: SpanLayout;
}

/**
 * Brings the store's tables up to date, once those that stand there have been found suitable:
 * nothing is made before. Safe while another process does the same. A user who may only read can
 * call it on a store that is up to date. Migrations that the store has and this version does not
 * know are left alone: a newer version wrote there.
 * @throws HarnessError STORE_UNSUITABLE where a table is other than it must be; MIGRATION_CHANGED
 * where a file differs from what was applied under its number; STORE_UNREACHABLE, STORE_REFUSED
 */
export async function prepareTables(
  connection: StoreConnection,
  { access = 'write', files = migrationFiles() }: PrepareOptions = {},
): Promise<PreparedTables> {
  const [checksums, seen] = await Promise.all([
    appliedChecksums(connection),
    seenTables(connection),
  ]);
  for (const file of files) assertUnchanged(file, checksums.get(file.version), connection);
  // Each statement does nothing where its work is done: a table that was dropped is made again.
  const isWhole = !lacksTables(seen);
  const wanted = inOrder(files).filter((file) => !isWhole || !checksums.has(file.version));
  const layout = checkTables(seen, {
    place: `${connection.url}/${connection.database}`,
    access,
    pending: wanted.map((file) => file.text).join('\n'),
  });
  await probeSpans(connection, seen);
  if (wanted.length === 0) return { applied: [], layout };
  await connection.createDatabase();
  for (const file of wanted) await apply(connection, file, layout);
  return { applied: wanted.map((file) => file.name), layout };
}

/** A table that is to be made otherwise than it once was is made so before the older file comes. */
const APPLIED_BEFORE = /^-- Applied before (\d{4})\b/u;

function inOrder(files: readonly MigrationFile[]): readonly MigrationFile[] {
  const placeOf = ({ version, text }: MigrationFile): number => {
    const before = APPLIED_BEFORE.exec(text)?.[1];
    return before === undefined ? version : Number(before) - 0.5;
  };
  return files.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Prepares the tables as for writing and returns the names of the migrations that were applied. */
export async function migrate(
  connection: StoreConnection,
  files: readonly MigrationFile[] = migrationFiles(),
): Promise<readonly string[]> {
  return (await prepareTables(connection, { files })).applied;
}

async function appliedChecksums(connection: StoreConnection): Promise<ReadonlyMap<number, string>> {
  try {
    const rows = await connection.select<AppliedRow>(
      'SELECT Version, Checksum FROM callgauge_migrations FINAL ORDER BY Version',
    );
    return new Map(rows.map((row) => [row.Version, row.Checksum]));
  } catch (error) {
    if (isMissingTable(error)) return new Map();
    throw error;
  }
}

function assertUnchanged(
  file: MigrationFile,
  appliedChecksum: string | undefined,
  { url, database }: StoreConnection,
): void {
  if (appliedChecksum === undefined || appliedChecksum === checksumOf(file)) return;
  throw new HarnessError(
    'MIGRATION_CHANGED',
    `migration ${file.name} was applied to ${url}/${database} with other contents than this version of callgauge has`,
    { hint: 'Use the version that made the store, or another database or folder for this one.' },
  );
}

async function apply(
  connection: StoreConnection,
  file: MigrationFile,
  { takesColumns }: SpanLayout,
): Promise<void> {
  for (const statement of statementsOf(file.text)) {
    if (!takesColumns && IS_ON_SPANS.test(statement)) continue;
    try {
      await executeRepeatedly(connection, statement);
    } catch (error) {
      if (!IS_SETTING.test(statement) || !isUnknownSetting(error)) throw error;
    }
  }
  await connection.execute(
    `INSERT INTO callgauge_migrations (Version, Name, Checksum, AppliedAt)
     SELECT {version:UInt32}, {name:String}, {checksum:String}, now64(9)`,
    { version: file.version, name: file.name, checksum: checksumOf(file) },
  );
}

async function executeRepeatedly(connection: StoreConnection, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.execute(statement);
      return;
    } catch (error) {
      const isAway = error instanceof HarnessError && error.code === 'STORE_UNREACHABLE';
      if (isAway || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

function checksumOf(file: MigrationFile): string {
  return createHash('sha256').update(file.text).digest('hex');
}
