import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callgauge, CallgaugeProcess, Workplace, type Ended } from '../cli/callgauge-process.ts';

/*
 * Two versions in one run, from the outside. A crowded machine may starve the generator: the run is
 * invalid then, which is right, and what its rows say holds all the same.
 */

const workplace = new Workplace();
const servers: Server[] = [];

const SCENARIO = `name: versions
targets: { api: { url: "http://127.0.0.1:9" } }
flows: { look: [{ step: home, timeout: 2s, http: { path: / } }] }
load:
  - { phase: warm-up, arrivals: { rate: 50/s }, for: 1s, measure: false }
  - { phase: steady, arrivals: { rate: 100/s }, for: 12s }
`;

interface Row {
  readonly kind?: string;
  readonly percent?: number;
  readonly before?: number;
  readonly after?: number;
  readonly verdict: string;
}

interface AbJson {
  readonly verdict: string;
  readonly seconds: number;
  readonly versions: { readonly a: string; readonly b: string };
  readonly shares: readonly Row[];
  readonly percentiles: readonly Row[];
}

interface ReportJson {
  readonly metadata: { readonly runId: string; readonly partial: boolean };
  readonly results: {
    readonly ab: AbJson;
    readonly steps: readonly { readonly step: string; readonly overall: { readonly n: number } }[];
    readonly thresholds: readonly { readonly text: string; readonly state: string }[];
  };
}

const CODES: Readonly<Record<string, number>> = {
  pass: 0,
  improvement: 0,
  regression: 120,
  inconclusive: 121,
  invalid: 122,
};

/** A server on a port of its own. */
async function serving(status: () => number): Promise<{ server: Server; url: string }> {
  const server = createServer((_request, response) => {
    response.statusCode = status();
    response.end('ok');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function end(server: Server): void {
  server.closeAllConnections();
  server.close();
}

function ab(args: readonly string[], text = SCENARIO): Promise<Ended> {
  return callgauge(commandOf(args, text));
}

function commandOf(args: readonly string[], text = SCENARIO): readonly string[] {
  const file = workplace.file('versions.yaml', text);
  return ['ab', file, '--dir', workplace.storeDir, '--json', ...args];
}

function reportOf({ out, err }: Ended): ReportJson {
  expect(out, err).not.toBe('');
  return JSON.parse(out) as ReportJson;
}

let good: string;
let failing: string;

beforeAll(async () => {
  good = (await serving(() => 200)).url;
  let calls = 0;
  failing = (await serving(() => (calls++ % 4 === 0 ? 500 : 200))).url;
});

afterAll(() => {
  for (const server of servers) end(server);
  workplace.remove();
});

describe('callgauge ab', () => {
  it('finds a B that fails more, ends early, and tells it again from the store', async () => {
    const ended = await ab(
      ['--a', good, '--b', failing],
      `${SCENARIO}thresholds:\n  - home.errors rate < 1%\n`,
    );
    const { metadata, results } = reportOf(ended);
    expect(ended.code).toBe(CODES[results.ab.verdict]);
    expect(['regression', 'invalid']).toContain(results.ab.verdict);
    const errors = results.ab.shares.find(({ kind }) => kind === 'errors');
    expect(errors).toMatchObject({ before: 0, verdict: 'regression' });
    expect(errors?.after).toBeCloseTo(0.25, 1);
    expect(results.ab.versions).toEqual({ a: good, b: failing });
    expect(results.thresholds).toMatchObject([{ text: 'home@b.errors rate < 1%', state: 'fail' }]);
    const [a, b] = results.steps.map(({ overall }) => overall.n);
    expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThanOrEqual(2);
    expect(results.ab.seconds).toBeLessThan(36);
    const again = await callgauge([
      'report',
      metadata.runId,
      '--dir',
      workplace.storeDir,
      '--json',
    ]);
    expect(reportOf(again).results.ab).toEqual(results.ab);
    const text = await callgauge(['report', metadata.runId, '--dir', workplace.storeDir]);
    expect(text.out).toContain('B against A');
    expect(text.out).toContain(`api A  ${good}`);
  });

  it('calls two that are the same server no regression, and says that they are', async () => {
    const ended = await ab(['--a', good, '--b', good, '--at-most', '14s', '--min-change', '50%']);
    const { results } = reportOf(ended);
    expect(ended.code).toBe(CODES[results.ab.verdict]);
    expect(['pass', 'inconclusive', 'invalid']).toContain(results.ab.verdict);
    const rows = [...results.ab.percentiles, ...results.ab.shares];
    expect(rows.map(({ verdict }) => verdict)).not.toContain('regression');
  });

  it('starts both versions, each on a port of its own', async () => {
    const program = workplace.file(
      'server.mjs',
      `import { createServer } from 'node:http';
const [, , status, port] = process.argv;
if (port !== process.env.PORT) process.exit(3);
createServer((q, r) => { r.statusCode = q.url === '/up' ? 204 : Number(status); r.end('ok'); })
  .listen(Number(port), '127.0.0.1');\n`,
    );
    const of = (status: number): string => `"${process.execPath}" ${program} ${status} {port}`;
    const ended = await ab(['--a-command', of(200), '--b-command', of(503), '--ready', '/up']);
    const { results } = reportOf(ended);
    expect([120, 122]).toContain(ended.code);
    expect(results.ab.shares.find(({ kind }) => kind === 'errors')).toMatchObject({
      before: 0,
      after: 1,
      verdict: 'regression',
    });
  });

  it('goes on where B goes away in the middle: its calls are errors', async () => {
    const dying = await serving(() => 200);
    const running = new CallgaugeProcess(commandOf(['--a', good, '--b', dying.url]));
    await running.says('store at');
    setTimeout(() => end(dying.server), 6_000);
    const ended = await running.ended();
    const { results } = reportOf(ended);
    expect([120, 122]).toContain(ended.code);
    const errors = results.ab.shares.find(({ kind }) => kind === 'errors');
    expect(errors?.before).toBe(0);
    expect(errors?.after).toBeGreaterThan(0.3);
    expect(errors?.verdict).toBe('regression');
  });

  it('is told of as far as it got where it is interrupted', async () => {
    const running = new CallgaugeProcess(commandOf(['--a', good, '--b', good, '--at-most', '60s']));
    await running.says('store at');
    setTimeout(() => running.child.kill('SIGINT'), 5_000);
    const ended = await running.ended();
    expect(ended.code).toBe(130);
    expect(reportOf(ended).metadata.partial).toBe(true);
  });

  it.each([
    [
      'a version is not there',
      ['--b', 'http://127.0.0.1:9'],
      110,
      '--b: nothing takes connections at http://127.0.0.1:9',
    ],
    ['a version is missing', [], 104, 'version B is missing'],
    [
      'there are two of one',
      ['--b', 'http://a', '--b-command', 'x'],
      104,
      'one of --b and --b-command',
    ],
    [
      'a url is none',
      ['--b', 'localhost:80'],
      104,
      '--b must begin with http://, https:// or unix:',
    ],
    [
      'a percentile is none',
      ['--b', 'http://a', '--percentiles', '100'],
      104,
      '--percentiles must be',
    ],
    ['a time is none', ['--b', 'http://a', '--at-most', 'soon'], 104, '--at-most must be like 5m'],
  ])('is refused before it begins where %s', async (_what, args, code, message) => {
    const ended = await ab(['--a', good, ...args]);
    expect(ended.err).toContain(message);
    expect(ended.code).toBe(code);
  });
});
