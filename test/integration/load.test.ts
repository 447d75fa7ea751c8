import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore, type Store } from '../../src/store/index.ts';
import { callgauge, type Ended, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';

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
/** Held open, so that the runs share one server. */
let store: Store;
let server: Server;
let url: string;
let inFlight = 0;
let inFlightMax = 0;

beforeAll(async () => {
  store = await openStore({ dir: workplace.storeDir });
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
afterAll(async () => {
  await store.close();
  server.close();
  server.closeAllConnections();
  workplace.remove();
});

async function load(...args: readonly string[]): Promise<{ ended: Ended; report: Report }> {
  const common = ['-H', 'x-key: yes', '-d', '1s', '--warm-up', '500ms', '--json', ...dir];
  const ended = await callgauge(['load', url, ...common, ...args]);
  return { ended, report: JSON.parse(ended.out) as Report };
}

describe('callgauge load', () => {
  it('asks at a rate, and judges what it saw', async () => {
    const thresholds = ['--threshold', 'errors count == 0', '--threshold', 'dropped count == 0'];
    const { ended, report } = await load('-R', '100', ...thresholds);
    expectExit(ended, 0);
    expect(report.results.steps[0]?.overall).toMatchObject({ calls: 100, outcomes: { ok: 100 } });
  });

  it('without a rate has one user on each connection', async () => {
    inFlightMax = 0;
    const { ended, report } = await load('-c', '8');
    expectExit(ended, 0);
    expect(report.results.phases).toMatchObject([
      { name: 'warm-up', model: 'closed' },
      { name: 'steady', model: 'closed' },
    ]);
    // Eight at a time, 10 ms each, which a timer may cut short by one: 900 in 1 s at most.
    expect(report.results.steps[0]?.overall.calls).toBeLessThanOrEqual(900);
    expect(report.results.steps[0]?.overall.calls).toBeGreaterThan(0);
    expect(inFlightMax).toBe(8);

    const again = await callgauge(['report', report.metadata.runId, ...dir]);
    expect(again.out).toContain('queueing cannot show');
  });

  it('fails where a threshold does', async () => {
    const { ended } = await load('-R', '50', '--expect', '404', '--threshold', 'errors count == 0');
    expectExit(ended, 99);
  });

  it('fails where no call succeeded, and says of what', async () => {
    const ended = await callgauge(['load', 'http://127.0.0.1:1/', '-R', '20', '-d', '1s', ...dir]);
    expectExit(ended, 99);
    expect(ended.out).toMatch(
      /FAILED: none of \d+ calls succeeded: ECONNREFUSED\n.* http:\/\/127\.0\.0\.1:1: nobody listens/u,
    );
  });
});
