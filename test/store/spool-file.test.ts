import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SpoolFile } from '../../src/store/spool/spool-file.ts';
import type { InsertFrame } from '../../src/store/spool/spool-frame.ts';
import { createSpool, hasLeftovers, takeLeftovers } from '../../src/store/spool/spool-folder.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-spool-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FRAME: fc.Arbitrary<InsertFrame> = fc.record({
  table: fc.constantFrom('otel_traces', 'callgauge_runs'),
  columns: fc.constant(['Timestamp', 'Events.Name']),
  token: fc.uuid(),
  rows: fc.nat(),
  block: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
});

const STEP = fc.oneof(
  FRAME.map((frame) => ({ does: 'append', frame }) as const),
  fc.constant({ does: 'take' } as const),
  fc.constant({ does: 'reopen' } as const),
);

test('gives back each insert once and in order, however often it is opened anew', () => {
  let files = 0;
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 30 }), (steps) => {
      const path = join(folder, `${++files}`);
      let file: SpoolFile | undefined = SpoolFile.create(path);
      const waiting: InsertFrame[] = [];
      for (const step of steps) {
        if (step.does === 'append') {
          file.append(step.frame);
          waiting.push(step.frame);
        } else if (step.does === 'take') {
          expect(file.peek()).toEqual(waiting[0]);
          if (waiting.shift()) file.done();
        } else {
          file.close();
          file = SpoolFile.open(path);
          if (!file) throw new Error('unreachable: it is a spool');
        }
      }
      expect(file.peek()).toEqual(waiting[0]);
      file.remove();
    }),
  );
});

test('ends before an insert that a kill cut off, or that the disk damaged', () => {
  const frame = fc.sample(FRAME, { seed: 1, numRuns: 1 })[0];
  if (!frame) throw new Error('unreachable: one was asked for');
  const path = join(folder, 'cut');
  const file = SpoolFile.create(path);
  file.append(frame);
  const whole = statSync(path).size;
  file.append({ ...frame, token: 'second' });
  file.close();
  const bytes = readFileSync(path);
  for (let size = whole; size < bytes.length; size++) {
    writeFileSync(path, bytes.subarray(0, size));
    const cut = SpoolFile.open(path);
    expect(cut?.peek()).toEqual(frame);
    cut?.done();
    expect(cut?.peek()).toBeUndefined();
    cut?.close();
  }
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const damaged = SpoolFile.open(path);
  damaged?.peek();
  damaged?.done();
  expect(damaged?.peek()).toBeUndefined();
  damaged?.close();
});

test('takes only files that are spools, of processes that are gone, and no other’s', () => {
  const own = createSpool(folder);
  expect(statSync(own.path).mode & 0o777).toBe(0o600);
  writeFileSync(join(folder, 'other.spool'), 'something else');
  writeFileSync(join(folder, 'empty.spool'), '');
  appendFileSync(join(folder, 'note.txt'), 'no spool at all');
  expect(takeLeftovers(folder)).toEqual([]);
  own.leaveAs(join(folder, '1.spool'));
  expect(hasLeftovers(folder)).toBe(true);
  const [taken, ...others] = takeLeftovers(folder);
  expect(others).toEqual([]);
  // It is this process's own now.
  expect(hasLeftovers(folder)).toBe(false);
  taken?.remove();
  expect(takeLeftovers(join(folder, 'none'))).toEqual([]);
});
