import { expect, test } from 'vitest';
import { migrationFiles, statementsOf } from '../../src/store/sql-files.ts';

test('migrations are numbered from 1 without a gap', () => {
  const versions = migrationFiles().map((file) => file.version);
  expect(versions).toEqual(versions.map((_, index) => index + 1));
});

test('every statement of every migration may run twice', () => {
  for (const file of migrationFiles()) {
    const statements = statementsOf(file.text);
    expect(statements.length, file.name).toBeGreaterThan(0);
    for (const statement of statements)
      expect(statement, file.name).toMatch(/\b(?:IF (?:NOT )?EXISTS|MODIFY SETTING)\b/u);
  }
});

test('every table drops an insert that is repeated', () => {
  for (const file of migrationFiles().slice(1)) {
    for (const statement of statementsOf(file.text)) {
      if (!statement.includes('CREATE TABLE')) continue;
      expect(statement).toContain('non_replicated_deduplication_window');
    }
  }
});

test('a text is cut at semicolons that end a line, and a comment alone is no statement', () => {
  expect(statementsOf("-- a; b\nSELECT ';' ;\nSELECT 2;\n\n-- the end\n")).toEqual([
    "-- a; b\nSELECT ';'",
    'SELECT 2',
  ]);
});
