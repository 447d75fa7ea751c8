import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callgauge, Workplace } from '../cli/callgauge-process.ts';

interface Report {
  readonly metadata: { readonly runId: string };
  readonly results: {
    readonly phases: readonly { readonly name: string; readonly model: string }[];
    readonly steps: readonly {
      readonly overall: { readonly calls: number; readonly outcomes: Record<string, number> };
    }[];
  };
}

const workplace = new Workplace();
const dir = ['--dir', workplace.storeDir];
let server: Server;
let url: string;
let inFlight = 0;
let inFlightMax = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    inFlightMax = Math.max(inFlightMax, ++inFlight);
    setTimeout(() => {
      inFlight--;
      response.statusCode = request.headers['x-key'] === 'yes' ? 200 : 403;
      response.end('ok');
    }, 10);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/things?of=mine`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  workplace.remove();
});

async function load(...args: readonly string[]): Promise<{ code: number | null; report: Report }> {
  const common = ['-H', 'x-key: yes', '-d', '2s', '--warm-up', '500ms', '--json', ...dir];
  const ended = await callgauge(['load', url, ...common, ...args]);
  return { code: ended.code, report: JSON.parse(ended.out) as Report };
}

describe('callgauge load', () => {
  it('asks at a rate, and judges what it saw', async () => {
    const thresholds = ['--threshold', 'errors count == 0', '--threshold', 'dropped count == 0'];
    const { code, report } = await load('-R', '100', ...thresholds);
    expect(code).toBe(0);
    expect(report.results.steps[0]?.overall).toMatchObject({ calls: 200, outcomes: { ok: 200 } });
  });

  it('without a rate has one user on each connection', async () => {
    inFlightMax = 0;
    const { code, report } = await load('-c', '8');
    expect(code).toBe(0);
    expect(report.results.phases).toMatchObject([
      { name: 'warm-up', model: 'closed' },
      { name: 'steady', model: 'closed' },
    ]);
    // Eight at a time, 10 ms at least each: 1,600 in 2 s at most, far fewer on a busy machine.
    expect(report.results.steps[0]?.overall.calls).toBeLessThanOrEqual(1_600);
    expect(report.results.steps[0]?.overall.calls).toBeGreaterThan(200);
    expect(inFlightMax).toBe(8);

    const again = await callgauge(['report', report.metadata.runId, ...dir]);
    expect(again.out).toContain('queueing cannot show');
  });

  it('fails where a threshold does', async () => {
    const { code } = await load(
      '-R',
      '50',
      '-d',
      '1s',
      '--expect',
      '404',
      '--threshold',
      'errors count == 0',
    );
    expect(code).toBe(99);
  });
});
