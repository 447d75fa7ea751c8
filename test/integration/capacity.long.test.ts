import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';

interface Report {
  readonly metadata: { readonly runId: string };
  readonly results: {
    readonly capacity: {
      readonly outcome: keyof typeof CODE_OF;
      readonly end: string;
      readonly metPerSec: number | null;
      readonly missedPerSec: number | null;
      readonly rates: readonly { readonly standing: string }[];
    };
  };
}

/** The exit code of each outcome. Which one it is depends on the machine where that is crowded. */
const CODE_OF = { found: 0, below: 99, undecided: 121, generator: 122 } as const;
const SERVICE_MS = 5;
const workplace = new Workplace();
let server: Server;
let url: string;
/** Every request but the probes' own, in its order. */
const apart: string[] = [];
/**
 * Those of the probes that know what the setup captured, those that do not, and those that this
 * thread answered more than 10 ms late, being kept from running.
 */
const calls = { known: 0, unknown: 0, late: 0 };

/**
 * One call at a time, 5 ms each: evenly spaced arrivals never wait up to 200/s, and ever longer
 * past it.
 */
beforeAll(async () => {
  let freeAtMs = 0;
  server = createServer(({ url: path = '' }, response) => {
    if (!path.startsWith('/call')) {
      apart.push(path);
      response.setHeader('x-token', 'open').end();
      return;
    }
    calls[path === '/call?token=open' ? 'known' : 'unknown']++;
    freeAtMs = Math.max(performance.now(), freeAtMs) + SERVICE_MS;
    const endAtMs = freeAtMs;
    const answer = (): void => {
      const leftMs = endAtMs - performance.now();
      if (leftMs > 0.5) {
        setTimeout(answer, leftMs);
        return;
      }
      if (leftMs < -10) calls.late++;
      response.end('ok');
    };
    answer();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  apart.length = 0;
  Object.assign(calls, { known: 0, unknown: 0, late: 0 });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  workplace.remove();
});

function scenario(from: string, to: string, within = '50ms'): string {
  const file = join(workplace.storeDir, '..', `capacity-${from.replace('/', '-')}.yaml`);
  writeFileSync(
    file,
    `name: capacity
targets: { one: { url: "${url}" } }
setup: [{ step: begin, target: one, http: { path: /begin }, capture: { token: { header: x-token } } }]
teardown: [{ step: end, target: one, http: { path: "/end?token=\${token}" } }]
flows: { flow: [{ step: call, target: one, http: { path: "/call?token=\${token}" } }] }
load:
  - phase: find
    capacity:
      objective: call.response p(95) < ${within}
      from: ${from}
      to: ${to}
      precision: 20%
      probe: 3s
      process: constant
`,
  );
  return file;
}

describe('a capacity search', () => {
  it('brackets what a server can do, and says so again from the store', async () => {
    const dir = ['--dir', workplace.storeDir, '--json'];
    const ended = await callgauge(['run', scenario('160/s', '330/s'), ...dir]);
    const report = JSON.parse(ended.out) as Report;
    const { outcome, metPerSec, missedPerSec, rates } = report.results.capacity;
    expect(ended.code, ended.err).toBe(CODE_OF[outcome]);
    // A rate above what the server can do meets on no machine.
    expect(metPerSec ?? 0).toBeLessThanOrEqual(200 * 1.02);
    expect(metPerSec ?? 0).toBeLessThan(missedPerSec ?? Infinity);
    // A crowded machine shows in rates that nothing can be said of, and in a server that is slower
    // than it is said to be.
    const isKnown = rates.every(({ standing }) => standing === 'meets' || standing === 'misses');
    if (isKnown && calls.late < calls.known / 100) {
      expect(outcome).toBe('found');
      expect(metPerSec).toBeGreaterThanOrEqual(160);
      expect(missedPerSec).toBeGreaterThan(200 * 0.95);
      expect(missedPerSec).toBeLessThan(200 * 1.15);
      expect(rates.length).toBeGreaterThanOrEqual(3);
    }
    // Once for all probes, each with senders of its own.
    expect(apart).toEqual(['/begin', '/end?token=open']);
    expect(calls).toMatchObject({ known: expect.any(Number), unknown: 0 });
    const again = await callgauge(['report', report.metadata.runId, ...dir]);
    expect(JSON.parse(again.out)).toEqual(report);
  });

  it('gives the bracket as far as it got after Ctrl-C, and makes the teardown', async () => {
    const dir = ['--dir', workplace.storeDir, '--json'];
    // No rate misses that: the search goes on behind its first rate, unless it cannot be sent.
    const run = new CallgaugeProcess(['run', scenario('100/s', '400/s', '20s'), ...dir]);
    await run.says(/: 100\/s (?:meets|misses|undecided|spoilt)/u);
    run.child.kill('SIGINT');
    const ended = await run.ended();
    const report = JSON.parse(ended.out) as Report;
    const { end, outcome, metPerSec } = report.results.capacity;
    if (ended.err.includes(': 100/s meets')) {
      expect([ended.code, end, metPerSec], ended.err).toEqual([130, 'stopped', 100]);
    } else {
      expect([130, CODE_OF[outcome]], ended.err).toContain(ended.code);
    }
    expect(apart).toEqual(['/begin', '/end?token=open']);
  });

  it('ends with 99 where not even the lowest rate meets', async () => {
    const args = ['run', scenario('300/s', '400/s'), '--dir', workplace.storeDir];
    const ended = await callgauge(args);
    if (ended.code === CODE_OF.generator) {
      expect(ended.out).toContain('the generator was the limit');
    } else if (ended.code === CODE_OF.undecided) {
      expect(ended.out).toContain('undecided at 300');
    } else {
      expect(ended.code, ended.err).toBe(99);
      expect(ended.out).toContain('below 300.0/s');
    }
  });
});
