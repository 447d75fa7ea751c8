import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { parseNagios } from '../report/ci/nagios-line.ts';

const place = new Workplace();
const summary = place.file('summary.md', '');
const env = { GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: place.folder };
const dir = ['--dir', place.storeDir];
let server: Server;
let asked = 0;
let file = '';

/** It lets no call succeed, so that its runs fail however busy the machine is. */
beforeAll(async () => {
  server = createServer((_request, response) => {
    asked++;
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  file = place.file('checkout.yaml', scenarioText((server.address() as AddressInfo).port));
});
afterAll(async () => {
  server.close();
  await callgauge(['store', 'stop', ...dir]);
  place.remove();
});

function scenarioText(port: number): string {
  return `name: checkout
targets:
  orders: { url: http://127.0.0.1:${port} }
flows:
  checkout:
    - step: create-order
      target: orders
      http: { path: / }
load:
  - phase: steady
    arrivals: { rate: 100/s }
    for: 1s
thresholds:
  - create-order.errors rate < 0.1%
`;
}

const reports = (name: string): string => join(place.folder, 'reports', name);
const read = (name: string): string => readFileSync(reports(name), 'utf8');

describe('the outputs of a run', () => {
  it('are known to have a place before anything is sent', async () => {
    const blocked = place.file('blocked', '');
    const output = `junit=${blocked}/a.xml`;
    const ended = await callgauge(['run', file, ...dir, '--output', output]);
    expect(ended.code, ended.err).toBe(110);
    expect(ended.err).toContain('blocked/a.xml cannot be written');
    expect(asked).toBe(0);
  });

  it('are written beside its report, in every form, by one command', async () => {
    const formats = ['junit', 'html', 'markdown', 'json', 'openmetrics', 'text'];
    const outputs = formats.flatMap((format) => ['--output', `${format}=${reports(format)}`]);
    const ended = await callgauge(['run', file, ...dir, ...outputs, '--output', 'github'], { env });
    expect(ended.code, ended.err).toBe(99);
    expect(ended.out).toMatch(/^callgauge {2}checkout +✗ FAILED\n/u);
    expect(read('text')).toMatch(/^callgauge {2}checkout +✗ FAILED\n/u);
    expect(read('junit')).toMatch(
      /<testcase name="a call succeeds" classname="checkout" time="0">\s*<failure /u,
    );
    expect(read('markdown')).toMatch(/^# checkout: ✗ FAILED\n/u);
    expect(read('html')).toContain('<title>checkout: ✗ FAILED</title>');
    expect(readFileSync(summary, 'utf8')).toBe(read('markdown'));
    expect(JSON.parse(read('json'))).toMatchObject({ results: { verdict: 'failed' } });
    expect(read('openmetrics')).toMatch(/^# TYPE callgauge_valid gauge\n[^]*# EOF\n$/u);
    expect(ended.err).toMatch(/^::error title=checkout%3A a call succeeds::none of \d+ calls/mu);
    // Where the machine was too busy for the generator no threshold is judged.
    if (read('openmetrics').includes('callgauge_valid 1')) {
      expect(ended.err).toMatch(/^::error file=checkout\.yaml,line=14,col=5,title=checkout%3A /mu);
    }
  });

  it('are the same of the stored run', async () => {
    const output = `json=${reports('again')}`;
    const ended = await callgauge(['report', 'latest', ...dir, '--json', '--output', output]);
    expect(ended.code, ended.err).toBe(0);
    expect(read('again')).toBe(ended.out);
  });

  it('tell of a scenario that is wrong where it is wrong', async () => {
    const wrong = place.file('wrong.yaml', readFileSync(file, 'utf8').replace('100/s', '-1/s'));
    const output = ['--output', `junit=${reports('wrong')}`, '--output', 'github'];
    const ended = await callgauge(['run', wrong, ...dir, ...output], { env });
    expect(ended.code).toBe(104);
    expect(ended.err).toMatch(/^::error file=wrong\.yaml,line=11,col=\d+,title=[^:]+::/mu);
    expect(read('wrong')).toMatch(/tests="1" failures="0" errors="1"/u);
  });
});

describe('as a Nagios plug-in', () => {
  it.each([
    ['a stored run that failed', () => ['report', 'latest', ...dir], 2, 'CRITICAL'],
    ['a history that is too short', () => ['gate', '--history', 'checkout', ...dir], 1, 'WARNING'],
    ['a run that is not there', () => ['report', 'beef', ...dir], 3, 'UNKNOWN'],
    ['a scenario that is not there', () => ['run', 'none.yaml', ...dir], 3, 'UNKNOWN'],
    ['an option that is not there', () => ['run', file, '--unknown'], 3, 'UNKNOWN'],
  ] as const)('%s is a line and a code', async (_what, args, code, state) => {
    const ended = await callgauge([...args(), '--nagios']);
    expect(ended.code, ended.err).toBe(code);
    expect(parseNagios(ended.out).state).toBe(state);
  });

  it('a run is one line with its values', async () => {
    const ended = await callgauge(['run', file, ...dir, '--nagios']);
    expect(ended.code, ended.err).toBe(2);
    const { state, text, data } = parseNagios(ended.out);
    expect(state).toBe('CRITICAL');
    expect(text).toMatch(/^checkout: failed, \d of \d criteria hold; /u);
    expect(data.length).toBeGreaterThan(0);
  });
});
