import { describe, expect, it } from 'vitest';
import { trueResponseTimesNs } from '../../bench/honesty/truth-model.ts';
import { epochNowMs, msFromNs, type Ns, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { type KnownServer, startKnownServer } from './known-server.ts';
import { quantile, type RealRun, realRun, RUN_ID, total } from './real-run.ts';

/**
 * Does the harness tell the truth? Against a server whose service time is known, percentiles of the
 * response time are held against those worked out from the schedule, in two ways: from when the
 * server really answered each arrival, and from a model of the server alone.
 *
 * A busy machine can keep generator or server from running for milliseconds, and then one attempt is
 * off. A harness that misleads is off in all of them: one good attempt of three is asked for.
 */
const ATTEMPTS = { retry: 2 };

const MS = NS_PER_MS;
const RATE_PER_SEC = 500;
const DURATION_NS = 10 * NS_PER_SEC;
const QUANTILES = [0.5, 0.99, 0.999] as const;

interface Truth {
  readonly serviceNs: Ns;
  readonly connections: number;
  readonly freezes: readonly { readonly fromNs: Ns; readonly toNs: Ns }[];
}

describe('the response time', () => {
  it('of a server that takes 50 ms is 50 ms', ATTEMPTS, async () => {
    const truth: Truth = { serviceNs: 50 * MS, connections: 100, freezes: [] };
    const { run, answeredNs } = await measure(truth);
    expectWhole(run);
    expectNear(run, sinceIntendedNs(answeredNs), QUANTILES);
    expectNear(run, modelledNs(truth), [0.5]);
  });

  it('of a server that freezes holds the freeze in full', ATTEMPTS, async () => {
    const truth: Truth = {
      serviceNs: MS,
      connections: 20,
      freezes: [
        { fromNs: 2_500 * MS, toNs: 2_700 * MS },
        { fromNs: 7_500 * MS, toNs: 7_700 * MS },
      ],
    };
    const { run, answeredNs } = await measure(truth);
    expectWhole(run);
    expectNear(run, sinceIntendedNs(answeredNs), QUANTILES);
    expectNear(run, modelledNs(truth), QUANTILES);
    // Seen from the send, only the 20 calls on the wire met each freeze: 0.8% of all.
    expect(quantile(run.histogram('response'), 0.99)).toBeGreaterThan(140 * MS);
    expect(quantile(run.histogram('service'), 0.99)).toBeLessThan(20 * MS);
  });
});

async function measure(truth: Truth): Promise<{ run: RealRun; answeredNs: readonly Ns[] }> {
  // Far enough ahead for server and engine to stand ready.
  const originEpochMs = epochNowMs() + 1_500;
  const server: KnownServer = await startKnownServer({ ...truth, originEpochMs, runId: RUN_ID });
  const run = await realRun({
    url: `http://127.0.0.1:${server.port}`,
    ratePerSec: RATE_PER_SEC,
    durationNs: DURATION_NS,
    connections: truth.connections,
    // The known server spins too: a loop that sleeps would be woken late beside it.
    pacing: 'precise',
    originEpochMs,
  });
  return { run, answeredNs: await server.stop() };
}

/** Returns the response times, ascending, of arrivals that were answered at these times. */
function sinceIntendedNs(answeredNs: readonly Ns[]): Ns[] {
  return answeredNs.map((atNs, seq) => atNs - intendedNs(seq)).sort((a, b) => a - b);
}

function intendedNs(seq: number): Ns {
  return (seq * NS_PER_SEC) / RATE_PER_SEC;
}

/** Returns the response times, ascending, that the model of the server alone has for the schedule. */
function modelledNs(truth: Truth): Ns[] {
  return [...trueResponseTimesNs({ ...truth, ratePerSec: RATE_PER_SEC, durationNs: DURATION_NS })];
}

/** 500 arrivals a second: all sent, none dropped, as many as the schedule says, on time. */
function expectWhole(run: RealRun): void {
  const count = (RATE_PER_SEC * DURATION_NS) / NS_PER_SEC;
  expect(run.result.finished).toMatchObject({ ok: run.result.arrivals, dropped: 0 });
  expect(Math.abs(run.result.arrivals - count)).toBeLessThanOrEqual(1);
  expect(total(run.histogram('response'))).toBe(run.result.arrivals);
  // A timer of the loop, which has whole milliseconds, would lag by half of one.
  expect(quantile(run.histogram('lag'), 0.5)).toBeLessThan(0.3 * MS);
}

/** Within 2% or 1 ms, and by how much the run itself says that the machine kept it from sending. */
function expectNear(run: RealRun, truthNs: readonly Ns[], ratios: readonly number[]): void {
  const response = run.histogram('response');
  const compared = ratios.map((ratio) => ({
    ratio,
    truth: msFromNs(truthNs[Math.ceil(ratio * truthNs.length) - 1] ?? 0),
    measured: msFromNs(quantile(response, ratio)),
    lag: msFromNs(quantile(run.histogram('lag'), ratio)),
  }));
  if (process.env['CALLGAUGE_SHOW'] === '1') process.stdout.write(`${JSON.stringify(compared)}\n`);
  const off = compared.filter(
    ({ truth, measured, lag }) => Math.abs(measured - truth) > Math.max(1, truth * 0.02) + lag,
  );
  expect(off, JSON.stringify(compared)).toEqual([]);
}
