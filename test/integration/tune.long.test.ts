import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { startRawServer, type RawServer } from './raw-server.ts';
import { tinyScenario } from './tiny-scenario.ts';

interface TuneDocument {
  readonly runs: readonly { readonly runId: string }[];
  readonly edges: readonly {
    readonly n: number;
    readonly request: { readonly httpMethod: string | null; readonly path: string | null };
    readonly retries: { readonly idempotence: string };
    readonly policy: { readonly attempts: number } | null;
  }[];
}

const workplace = new Workplace();
const dir = ['--dir', workplace.storeDir];
let server: RawServer;

beforeAll(async () => {
  server = await startRawServer((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  const scenario = tinyScenario({ url: server.url, rate: '200/s', for: '3s' });
  const file = workplace.file('tiny.yaml', scenario);
  for (let i = 0; i < 2; i++) await callgauge(['run', file, ...dir]);
});
afterAll(async () => {
  await server?.close();
  workplace.remove();
});

describe('tune', () => {
  it('recommends by the newest run, and knows the requests of its spans', async () => {
    const { edges, runs } = await tuned();
    expect(runs).toHaveLength(1);
    expect(edges).toMatchObject([
      {
        n: 600,
        request: { httpMethod: 'GET', path: '/' },
        retries: { idempotence: 'by-method' },
      },
    ]);
  });

  it('takes the attempts of several runs together, each run once', async () => {
    const list = await callgauge(['runs', '--json', ...dir]);
    const stored = JSON.parse(list.out) as readonly { readonly runId: string }[];
    const ids = stored.map(({ runId }) => runId);
    const { edges, runs: looked } = await tuned(...ids, 'latest');
    expect(looked.map(({ runId }) => runId)).toEqual(ids);
    expect(edges).toMatchObject([{ n: 1_200 }]);
  });

  it('prints them for people', async () => {
    const ended = await callgauge(['tune', ...dir]);
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toContain('callgauge → api  home');
    expect(ended.out).toContain('rests on:');
  });

  it('writes them as a file for a stack', async () => {
    const file = join(workplace.folder, 'envoy.yaml');
    const ended = await callgauge(['tune', '--export', 'envoy', '-o', file, ...dir]);
    const { edges } = await tuned();
    if (edges[0]?.policy === null) {
      expect(ended.err).toContain('no edge of the runs has a timeout that could be exported');
      return;
    }
    expect(ended.code, ended.err).toBe(0);
    expect(ended.err).toContain(`wrote ${file}`);
    expect(readFileSync(file, 'utf8')).toContain('name: api-home');
    const compared = await callgauge(['tune', '--current', file, ...dir]);
    expect(compared.code, compared.err).toBe(0);
    expect(compared.out).toContain('as recommended: callgauge → api  home');
  });

  it.each([
    [['--current', 'nowhere.yaml'], '--current nowhere.yaml cannot be read'],
    [['--as', 'nginx'], '--as is of a file, and there is no --current'],
    [
      ['--current', 'nowhere.yaml', '--as', 'ngin'],
      '--as wants a stack, got ngin, did you mean "nginx"?',
    ],
    [['--export', 'envoy', '--json'], '--export and --json exclude each other'],
    [['--export', 'envoi'], 'got envoi, did you mean "envoy"?'],
    [['--callee', 'nobody'], 'the runs have no edge any → nobody'],
    [['--deadline', '0s'], '--deadline must be > 0, got 0s'],
    [['--deadline', 'soon'], '--deadline must be a time with its unit, got soon'],
    [['--idempotent', 'POST /x'], 'the runs have no operation POST /x'],
  ])('refuses %j', async (options, text) => {
    const ended = await callgauge(['tune', ...options, ...dir]);
    expect(ended.code, ended.err).toBe(104);
    expect(ended.err).toContain(text);
  });
});

async function tuned(...runs: readonly string[]): Promise<TuneDocument> {
  const ended = await callgauge(['tune', ...runs, '--json', ...dir]);
  expect(ended.code, ended.err).toBe(0);
  return JSON.parse(ended.out) as TuneDocument;
}
