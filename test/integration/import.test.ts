import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callgauge } from '../cli/callgauge-process.ts';
import { freshStore, type FreshStore } from './local-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'callgauge-import-'));
const HEAD = 'trace_id,span_id,parent_id,service,operation,kind,start,duration_ms,region';
const TRACE = '0614a31f4ec5c1ec1eb71943899c4f26';
let fresh: FreshStore;

beforeAll(async () => {
  fresh = await freshStore();
});

afterAll(async () => {
  await fresh.close();
  rmSync(folder, { recursive: true, force: true });
});

test('spans of a file are stored once, however often it is imported', async () => {
  // Two that share an id, as of a client and its server, are two.
  const path = file('spans.csv', [
    `${TRACE},01,,front,GET /,client,1661256099.000000001,20,eu`,
    `${TRACE},01,,cart,GET /,server,1661256099.000000001,10,eu`,
    `${TRACE},02,01,cart,read,internal,1661256099.5,1,`,
    'xyz,03,,cart,read,internal,1661256099.5,1,',
  ]);
  const first = await imported(path);
  expect(first).toMatchObject({ readCount: 3, storedCount: 3, knownCount: 0, traceCount: 1 });
  expect(await imported(path)).toMatchObject({ readCount: 3, storedCount: 0, knownCount: 3 });
  const spans = await fresh.store.source.trace(TRACE);
  expect(
    spans.map((s) => [s.serviceName, s.kind, s.startEpochNs, s.durationNs, s.attributes]),
  ).toEqual([
    ['front', 'Client', 1_661_256_099_000_000_001n, 20_000_000n, { region: 'eu' }],
    ['cart', 'Server', 1_661_256_099_000_000_001n, 10_000_000n, { region: 'eu' }],
    ['cart', 'Internal', 1_661_256_099_500_000_000n, 1_000_000n, {}],
  ]);
});

test('the text says what was stored, what was left out, and how to go on', async () => {
  const path = file('text.csv', [
    `${TRACE.replace('0', '1')},01,,front,GET /,client,2026-01-02T03:04:05Z,20,`,
    'xyz,03,,cart,read,internal,1661256099.5,1,',
  ]);
  const { code, out } = await callgauge(['import', path, '--dir', fresh.dir]);
  expect(code).toBe(0);
  expect(out).toContain('1 span of 1 trace and 1 service');
  expect(out).toContain(
    `left out   1, trace_id is no id; the first: trace_id is "xyz"; up to 32 hex digits, not all zero, is wanted (${path}:3)`,
  );
  expect(out).toContain('traces --from 2026-01-02T03:04:05Z --to 2026-01-02T03:04:06Z');
});

test('a bad line ends a strict import, and what stood before it is stored', async () => {
  const id = TRACE.replace('0', '2');
  const path = file('strict.csv', [
    `${id},01,,front,GET /,client,2026-01-02T03:04:05Z,20,`,
    'xyz,03,,cart,read,internal,1661256099.5,1,',
  ]);
  const { code, err } = await callgauge(['import', path, '--strict', '--dir', fresh.dir]);
  expect({ code, named: err.includes('strict.csv:3') }).toEqual({ code: 110, named: true });
  expect(await fresh.store.source.trace(id)).toHaveLength(1);
});

async function imported(path: string): Promise<unknown> {
  const { code, out } = await callgauge(['import', path, '--json', '--dir', fresh.dir]);
  expect(code).toBe(0);
  return JSON.parse(out);
}

function file(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [HEAD, ...rows, ''].join('\n'));
  return path;
}
