import { describe, expect, it } from 'vitest';
import { type KnownLoad, trueResponseTimesNs } from '../../bench/honesty/truth-model.ts';
import { startKnownServer } from '../../bench/servers/known-server.ts';
import { countOf, epochNowMs, type Ns, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import type { KeptCall } from '../../src/record/index.ts';
import { quantile } from '../engine/slice-numbers.ts';
import { type RealRun, realRun, RUN_ID } from './real-run.ts';

/**
 * Does the harness tell the truth? Against a server whose service time is known, what it reports is
 * held against when the server really answered each arrival, and against a model of the server
 * alone.
 *
 * A machine can only add to a response time, so a report is never below the truth, by more than a
 * bucket's width. How little is added is measured where a machine is quiet: `bench -- honesty`.
 */
const MS = NS_PER_MS;
const RATE_PER_SEC = 500;
const DURATION_NS = 2 * NS_PER_SEC;
const QUANTILES = [0.5, 0.9, 0.99, 0.999] as const;
const BUCKET_RATIO = 0.001;
/** The server's thread reads a clock of its own. */
const CLOCKS_NS = MS;

type Truth = Pick<KnownLoad, 'serviceNs' | 'connections' | 'freezes'>;

describe('the response time', () => {
  it('of a server that takes 50 ms is never less', async () => {
    await measured({ serviceNs: 50 * MS, connections: 100, freezes: [] });
  });

  it('of a server that freezes holds the freeze in full, for every arrival in it', async () => {
    const freeze = { fromNs: 900 * MS, toNs: 1_100 * MS };
    const { run, calls } = await measured({ serviceNs: MS, connections: 20, freezes: [freeze] });
    const within = calls.filter(
      ({ intendedNs }) => intendedNs >= freeze.fromNs && intendedNs < freeze.toNs,
    );
    expect(within).toHaveLength(100);
    for (const { endNs } of within) expect(endNs).toBeGreaterThan(freeze.toNs - CLOCKS_NS);
    // A tenth of all: seen from the send, only the 20 calls on the wire met the freeze.
    expect(quantile(run.histogram('response'), 0.95)).toBeGreaterThan(90 * MS);
    expect(quantile(run.histogram('service'), 0.95)).toBeLessThan(
      quantile(run.histogram('response'), 0.95),
    );
  });
});

/** Runs the load, and holds everything it recorded against the truth. */
async function measured(truth: Truth): Promise<{ run: RealRun; calls: readonly KeptCall[] }> {
  // Far enough ahead for server and engine to be ready.
  const originEpochMs = epochNowMs() + 1_500;
  const server = await startKnownServer({ ...truth, originEpochMs, runId: RUN_ID });
  const run = await realRun({
    url: `http://127.0.0.1:${server.port}`,
    ratePerSec: RATE_PER_SEC,
    durationNs: DURATION_NS,
    connections: truth.connections,
    timeoutNs: 60 * NS_PER_SEC,
    connectTimeoutNs: 60 * NS_PER_SEC,
    gracefulStopNs: 60 * NS_PER_SEC,
    headRatio: 1,
    originEpochMs,
  });
  const answeredNs = await server.stop();
  const calls = run.kept.toSorted((a, b) => a.seq - b.seq);
  expectWhole(run, calls);
  expectOrdered(calls, answeredNs);
  expectQuantiles(run, calls, truth);
  return { run, calls };
}

/** Every arrival of the schedule, at its time: none dropped, none left out. */
function expectWhole(run: RealRun, calls: readonly KeptCall[]): void {
  const count = (RATE_PER_SEC * DURATION_NS) / NS_PER_SEC;
  expect(run.result).toMatchObject({ arrivals: count, finished: { ok: count, dropped: 0 } });
  expect(countOf(run.histogram('response'))).toBe(count);
  expect(calls.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, seq) => seq));
  for (const { seq, intendedNs } of calls) {
    expect(intendedNs).toBeCloseTo((seq * NS_PER_SEC) / RATE_PER_SEC, -1);
  }
}

/** Intended, seen, sent, answered by the server, and then the end of the call. */
function expectOrdered(calls: readonly KeptCall[], answeredNs: readonly Ns[]): void {
  for (const { seq, intendedNs, seenNs, sentNs, endNs } of calls) {
    expect(seenNs).toBeGreaterThanOrEqual(intendedNs);
    expect(sentNs).toBeGreaterThanOrEqual(seenNs);
    const atNs = answeredNs[seq] ?? Number.NaN;
    expect(atNs).toBeGreaterThan(sentNs - CLOCKS_NS);
    expect(endNs).toBeGreaterThan(atNs - CLOCKS_NS);
  }
}

/** The histograms say what the calls were, and nothing below what the server alone would take. */
function expectQuantiles(run: RealRun, calls: readonly KeptCall[], truth: Truth): void {
  const load = { ...truth, ratePerSec: RATE_PER_SEC, durationNs: DURATION_NS };
  const least = [...trueResponseTimesNs(load)];
  for (const ratio of QUANTILES) {
    const response = quantile(run.histogram('response'), ratio);
    expectNear(
      response,
      at(
        ratio,
        calls.map(({ intendedNs, endNs }) => endNs - intendedNs),
      ),
    );
    expectNear(
      quantile(run.histogram('service'), ratio),
      at(
        ratio,
        calls.map(({ sentNs, endNs }) => endNs - sentNs),
      ),
    );
    expect(response).toBeGreaterThan(at(ratio, least) * (1 - BUCKET_RATIO) - CLOCKS_NS);
  }
}

function expectNear(recordedNs: Ns, trueNs: Ns): void {
  expect(Math.abs(recordedNs / trueNs - 1)).toBeLessThan(BUCKET_RATIO);
}

function at(ratio: number, timesNs: readonly Ns[]): Ns {
  const sorted = timesNs.toSorted((a, b) => a - b);
  return sorted[Math.ceil(ratio * sorted.length) - 1] ?? Number.NaN;
}
