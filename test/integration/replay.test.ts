import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore, type Store } from '../../src/store/index.ts';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';

interface Report {
  readonly results: {
    readonly phases: readonly { readonly name: string; readonly arrivals: number }[];
  };
}

const workplace = new Workplace();
const dir = ['--dir', workplace.storeDir];
/** Held open, so that the runs share one server. */
let store: Store;
let server: Server;
let cameFor: (string | undefined)[] = [];
let cameBy: (string | undefined)[] = [];

beforeAll(async () => {
  store = await openStore({ dir: workplace.storeDir });
  server = createServer((request, response) => {
    cameFor.push(request.url);
    cameBy.push(request.method);
    response.end('ok');
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
});
afterAll(async () => {
  await store.close();
  server.close();
  server.closeAllConnections();
  workplace.remove();
});

function scenario(name: string, load: string, path = '/'): string {
  const { port } = server.address() as AddressInfo;
  return workplace.file(
    `${name}.yaml`,
    `name: ${name}
targets: { t: { url: "http://127.0.0.1:${port}", connections: 1 } }
flows: { f: [{ step: a, target: t, http: { path: "${path}" } }] }
load:
${load}
trace: { keep: { head: 100% } }
`,
  );
}

describe('callgauge run with a replay', () => {
  it('repeats an access log that lies beside the scenario, twice as fast', async () => {
    const line = (ms: number): string =>
      `::1 - - [${new Date(1_700_000_000_000 + ms).toISOString()}] "GET /a HTTP/1.1" 200 2`;
    const offsetsMs = [0, 10, 400, 400, 1_000, 1_600];
    workplace.file('access.log', `${offsetsMs.map(line).join('\n')}\nbad\n`);
    const replay = '{ file: access.log, speed: 2, skipBadLines: true }';
    const path = scenario('of-log', `  - { phase: log, replay: ${replay} }`);
    cameFor = [];
    const ended = await callgauge(['run', path, '--json', ...dir]);
    expect(ended.err).toContain('access.log: 1 line left out: 1 not of an access log');
    expectExit(ended, 0);
    expect(cameFor).toHaveLength(6);
    const sent = await store.connection.select<{ readonly intendedMs: number }>(
      `SELECT toUInt64(SpanAttributes['callgauge.intended_ns']) / 1e6 AS intendedMs
       FROM otel_traces ORDER BY intendedMs`,
    );
    expect(sent.map(({ intendedMs }) => intendedMs)).toEqual(offsetsMs.map((ms) => ms / 2));
  });

  it('asks for what the log says was asked for', async () => {
    const asked = ['/a?x=1&y=%20', '/b/c', '/a?x=1&y=%20', '/d'];
    const lines = asked.map((path, i) => {
      const time = new Date(1_700_000_000_000 + 20 * i).toISOString();
      return `::1 - - [${time}] "GET ${path} HTTP/1.1" 200 2`;
    });
    workplace.file('paths.log', `${lines.join('\n')}\n`);
    const phase = '  - { phase: log, replay: { file: paths.log } }';
    cameFor = [];
    const ended = await callgauge(['run', scenario('paths', phase, '${replay.path}'), ...dir]);
    expectExit(ended, 0);
    expect(cameFor).toEqual(asked);
  });

  it('asks with the method that was recorded, by HTTP/1.1', async () => {
    const asked = ['POST /a', 'HEAD /b', 'GET /c%C3%A9?q=%22', 'DELETE /d', 'OPTIONS /e'];
    const lines = asked.map((call, i) =>
      JSON.stringify({ time: 1_700_000_000_000 + 20 * i, request: `${call} HTTP/1.1` }),
    );
    workplace.file('methods.jsonl', lines.join('\n'));
    const phase = '  - { phase: log, replay: { file: methods.jsonl } }';
    cameFor = [];
    cameBy = [];
    const path = scenario('methods', phase, '${replay.path}", method: "${replay.method}');
    const ended = await callgauge(['run', path, ...dir]);
    expectExit(ended, 0);
    expect(cameFor.map((url, i) => `${cameBy[i]} ${url}`)).toEqual(asked);
    expect(ended.err).not.toContain('another method');
    const constant = scenario('one-method', phase, '${replay.path}');
    const told = await callgauge(['validate', constant]);
    expect(told.err).toContain(
      '4 of 5 requests of phase log were recorded with another method, POST say: step a sends them as GET.',
    );
  });

  it('refuses a list that does not say it where the flow asks for it', async () => {
    workplace.file('bare.txt', '1700000000\n1700000001\n');
    const phase = '  - { phase: log, replay: { file: bare.txt } }';
    const ended = await callgauge(['run', scenario('bare', phase, '${replay.path}'), ...dir]);
    expect(ended.code).toBe(110);
    expect(ended.err).toContain('the line must say what it called, a path that begins with /');
  });

  it('repeats the arrivals of the run before it', async () => {
    const first = scenario('first', '  - { phase: p, arrivals: { rate: 60/s }, for: 1s }');
    const ran = await callgauge(['run', first, '--json', ...dir]);
    const again = scenario('again', '  - { phase: q, replay: { run: latest, speed: 2 } }');
    const replayed = await callgauge(['run', again, '--json', ...dir]);
    const [before] = (JSON.parse(ran.out) as Report).results.phases;
    const [after] = (JSON.parse(replayed.out) as Report).results.phases;
    expect(replayed.err).toContain('replaying the arrivals of run');
    expect(after).toMatchObject({ name: 'q', arrivals: before?.arrivals });
  });

  it('says where a replay cannot be replayed', async () => {
    const third = scenario('third', '  - { phase: r, replay: { run: latest } }');
    const ended = await callgauge(['run', third, ...dir]);
    expect(ended.code).toBe(110);
    expect(ended.err).toContain('cannot be replayed: its phase q was itself a replay');
  });

  it('names the line of a list that has no time', async () => {
    workplace.file('times.txt', '1700000000\nsoon\n');
    const path = scenario('bad', '  - { phase: log, replay: { file: times.txt } }');
    const ended = await callgauge(['validate', path]);
    expect(ended.code).toBe(110);
    expect(ended.err).toContain('times.txt:2)');
  });
});
