import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisProcess } from '../../../src/core/index.ts';
import {
  readServerRecord,
  removeServerRecord,
  writeServerRecord,
} from '../../../src/store/local/server-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a server removes its own record, and not that of one in its folder made anew', () => {
  const path = join(folder, 'store.json');
  const self = thisProcess();
  const record = {
    ...{ ...self, httpPort: 1, controlPort: 2, token: 't', user: 'u', password: 'p' },
    ...{ database: 'd', version: '1', startedAt: '2026-01-01T00:00:00.000Z' },
  };
  writeServerRecord(path, record);
  removeServerRecord(path, { ...self, mark: 'of another start' });
  removeServerRecord(path, { ...self, pid: self.pid + 1 });
  expect(readServerRecord(path)).toEqual(record);
  removeServerRecord(path, self);
  expect(readServerRecord(path)).toBeUndefined();
});
