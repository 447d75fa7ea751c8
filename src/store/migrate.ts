import { createHash } from 'node:crypto';
import { HarnessError } from '../core/index.ts';
import type { StoreConnection } from './connection.ts';
import { migrationFiles, statementsOf, type MigrationFile } from './sql-files.ts';
import { isMissingTable } from './store-error.ts';

interface AppliedRow {
  readonly Version: number;
  readonly Checksum: string;
}

/** Two processes that create one table at the same time can trip over each other's files. */
const ATTEMPTS_MAX = 3;

/**
 * Brings the store's tables up to date and returns the names of the migrations that it applied, in
 * their order; none where there was nothing to do. Safe while another process does the same. A
 * user who may only read can call it on a store that is up to date. Migrations that the store has
 * and this version does not know are left alone: a newer version wrote there.
 * @throws HarnessError MIGRATION_CHANGED where a file differs from what was applied under its
 * number; STORE_UNREACHABLE, STORE_REFUSED
 */
export async function migrate(
  connection: StoreConnection,
  files: readonly MigrationFile[] = migrationFiles(),
): Promise<readonly string[]> {
  const checksums = await appliedChecksums(connection);
  for (const file of files) assertUnchanged(file, checksums.get(file.version), connection);
  const wanted = files.filter((file) => !checksums.has(file.version));
  if (wanted.length === 0) return [];
  await connection.createDatabase();
  for (const file of wanted) await apply(connection, file);
  return wanted.map((file) => file.name);
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

async function apply(connection: StoreConnection, file: MigrationFile): Promise<void> {
  for (const statement of statementsOf(file.text)) {
    await executeRepeatedly(connection, statement);
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
      if (attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

function checksumOf(file: MigrationFile): string {
  return createHash('sha256').update(file.text).digest('hex');
}
