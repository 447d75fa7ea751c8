import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../../src/report/index.ts';
import { parseThreshold, type ThresholdSpec } from '../../../src/scenario/index.ts';
import { runRecord } from '../../analyze/memory-source.ts';
import { threshold, USUAL_THRESHOLDS } from '../../gate/threshold-specs.ts';
import { expectGolden } from '../../golden/golden.ts';
import { specOf } from '../../gate/made-run.ts';
import { composeReport } from '../compose.ts';
import { policyRun } from '../policy-run.ts';
import {
  healthyRun,
  sampleSeconds,
  starvedRun,
  stoppedRun,
  thinRun,
  troubledRun,
} from '../sample-runs.ts';

const PLAIN = { color: false, width: 80 };
/** As Node ends a process. */
const CRASH = `/srv/orders.js:3
  throw new Error('boom')

Error: pool \u001b[31mexhausted
    at handleError (/srv/orders.js:3:9)

Node.js v24.21.0
`;
const POLICY_THRESHOLDS = [
  'create-order.amplification rate <= 1.2',
  'create-order.amplification rate <= 1.05',
  'create-order.rejected rate < 1%',
  'create-order.fallbacks count <= 100',
].map((text) => parseThreshold(text) as ThresholdSpec);
const MISSPELT = threshold('creat-order.response p(99) < 300ms', { step: 'creat-order' });

describe('the report of a run', () => {
  it.each([
    ['healthy', healthyRun, USUAL_THRESHOLDS],
    ['troubled', troubledRun, [...USUAL_THRESHOLDS, MISSPELT]],
    ['stopped', stoppedRun, USUAL_THRESHOLDS],
    ['thin', thinRun, USUAL_THRESHOLDS],
    ['starved', starvedRun, USUAL_THRESHOLDS],
    ['policies', policyRun, POLICY_THRESHOLDS],
  ] as const)('that was %s is as the golden file has it', async (name, stored, thresholds) => {
    const report = await composeReport(stored(), thresholds);
    expectGolden(`report-${name}`, renderTerminal(report, PLAIN));
  });

  it.each([80, 100, 120])('is no wider than %i columns', async (width) => {
    const runs = [
      ...[healthyRun(), troubledRun(), stoppedRun(), thinRun(), starvedRun()],
      policyRun(),
    ];
    for (const stored of runs) {
      const text = renderTerminal(await composeReport(stored, USUAL_THRESHOLDS), {
        color: false,
        width,
      });
      const longest = Math.max(...text.split('\n').map((line) => Array.from(line).length));
      expect(longest).toBeLessThanOrEqual(width);
      expect(text).not.toMatch(/[ \t]$/mu);
    }
  });

  it('names first the services that ended unasked, as the golden file has it', async () => {
    const stored = thinRun();
    const serviceEnds = [
      { service: 'orders', code: 1, signal: null, atNs: 12.34e9, lastOutput: CRASH },
      { service: 'payment', code: null, signal: 'SIGSEGV', atNs: 20e9, lastOutput: '' },
      { service: 'inventory', code: 0, signal: null, atNs: 36e9, lastOutput: 'bye\n' },
    ];
    const run = runRecord({ ...stored.run, serviceEnds });
    const text = renderTerminal(await composeReport({ ...stored, run }, []), PLAIN);
    expectGolden('report-lost-services', `${text.split('\n\n')[0]}\n`);
  });

  it('of a target that was down says where it was, as the golden file has it', async () => {
    const stored = thinRun();
    const calls = stored.seconds.filter(({ clock }) => clock === 'response' || clock === 'lag');
    const seconds = calls.map((one) =>
      one.clock === 'lag' ? one : { ...one, outcome: 'transport' as const },
    );
    const key = { second: 6, phase: 'steady' } as const;
    const text = 'ECONNREFUSED';
    const failed = {
      ...key,
      step: 'create-order',
      outcome: 'transport',
      text,
      count: 600,
    } as const;
    const down = {
      run: { ...stored.run, targets: { orders: 'http://127.0.0.1:7999' } },
      seconds,
      counters: [{ ...key, step: '', counter: 'arrivals', value: 600 } as const],
      errors: [failed],
      connectErrors: [{ ...key, target: 'orders', text, count: 600 }],
    };
    const report = await composeReport(down, USUAL_THRESHOLDS);
    const invalid = { reasons: ['1.6% of the arrivals were late'], remedy: 'lower the rate' };
    const verdict = { ...report.verdict, invalid };
    expectGolden('report-down', renderTerminal({ ...report, verdict }, PLAIN));
  });

  it('of a call that was never sent says so, and gives it no service time', async () => {
    const stored = healthyRun();
    const [first] = stored.spans ?? [];
    const spans = first === undefined ? [] : [{ ...first, durationNs: 0n }];
    const text = renderTerminal(await composeReport({ ...stored, spans }, []), {
      ...PLAIN,
      width: 120,
    });
    expect(text).toMatch(/^ {2}[0-9a-f]{32} +[\d.]+ ms +not sent +- {2}/mu);
    expect(text).not.toContain(' 0 ns');
  });

  it('of a closed load has no column for a lag that there cannot be', async () => {
    const stored = thinRun();
    const phases = stored.run.phases.map((phase) => ({ ...phase, model: 'closed' as const }));
    const run = { ...stored.run, phases };
    const text = renderTerminal(await composeReport({ ...stored, run }, []), PLAIN);
    expect(text).toMatch(/^ +response +95% interval +service +95% interval$/mu);
  });

  it('knows of no recovery where no call came after the fault', async () => {
    const report = await composeReport(troubledRun(), []);
    const faults = report.analysis.faults.map((fault) => ({
      ...fault,
      steps: fault.steps.map((effect) => ({
        ...effect,
        after: { ...effect.after, calls: 0 },
        recovery: {
          kind: 'unconfirmed' as const,
          percent: 99,
          atLeastNs: 0,
          atMostNs: 0,
          watchedNs: 994e6,
          limitNs: 31e6,
        },
      })),
    }));
    const analysis = { ...report.analysis, faults };
    expect(renderTerminal({ ...report, analysis }, { ...PLAIN, width: 120 })).toContain(
      'create-order: recovery not known: no call came after the second in which the fault ended\n',
    );
  });

  it('says the same in colour', async () => {
    const report = await composeReport(troubledRun(), USUAL_THRESHOLDS);
    const colored = renderTerminal(report, { color: true, width: 100 });
    expect(colored).toContain('\u001b[');
    expect(stripVTControlCharacters(colored)).toBe(
      renderTerminal(report, { color: false, width: 100 }),
    );
  });

  it('has the thresholds before everything that was measured', async () => {
    const text = renderTerminal(await composeReport(troubledRun(), USUAL_THRESHOLDS), PLAIN);
    expect(text.indexOf('Thresholds')).toBeLessThan(text.indexOf('create-order → orders'));
  });

  it('says at the top and at the bottom that a run is partial', async () => {
    const text = renderTerminal(await composeReport(stoppedRun(), []), PLAIN);
    expect(text.match(/PARTIAL RUN: stopped after 15\.7 s of 35\.0 s/gu)).toHaveLength(2);
  });

  it('calls no run passed that did not come to its end', async () => {
    const [head] = renderTerminal(
      await composeReport(stoppedRun(), [specOf('dropped count >= 0')]),
      PLAIN,
    ).split('\n');
    expect(head).toMatch(/\? PARTIAL$/u);
    const failed = await composeReport(stoppedRun(), [specOf('dropped count < 0')]);
    expect(renderTerminal(failed, PLAIN).split('\n')[0]).toMatch(/✗ FAILED$/u);
  });

  it('says whether a load that went on came to its bound', async () => {
    const stored = healthyRun();
    const extended = async (kind: 'bound' | 'decided'): Promise<string> => {
      const loadEnd = { kind, reason: 'so it is', atNs: 40e9, plannedNs: 30e9 };
      return renderTerminal(
        await composeReport({ ...stored, run: { ...stored.run, loadEnd } }, []),
        PLAIN,
      );
    };
    expect(await extended('bound')).toContain(
      'EXTENDED by 10.0 s, to the bound; planned were 30.0 s',
    );
    expect(await extended('decided')).toContain('EXTENDED by 10.0 s; planned were 30.0 s');
  });

  it('tells a recovery that was not watched for long enough as what it is', async () => {
    const stored = troubledRun();
    const stopped = {
      ...stored.run,
      status: 'partial',
      endedEpochMs: stored.run.startedEpochMs + 23_000,
    } as const;
    const text = renderTerminal(await composeReport({ ...stored, run: stopped }, []), {
      ...PLAIN,
      width: 120,
    });
    expect(text).toMatch(
      /recovered, as it seems, within 20\.0 ms: p99 back to [\d.]+ ms at most; too short to be sure/u,
    );
  });

  it('names the next command with an id to copy', async () => {
    const text = renderTerminal(await composeReport(healthyRun(), []), PLAIN);
    expect(text).toContain('callgauge trace 6920b6a75d1f3c09000000a1b2c3d4e5');
  });

  it('has a table of phases where more than one was measured', async () => {
    const phases = runRecord().phases.map((phase) => ({ ...phase, measured: true }));
    const stored = { ...thinRun(), run: runRecord({ phases }) };
    const text = renderTerminal(await composeReport(stored, []), PLAIN);
    expect(text).toMatch(/^ {2}warm-up +100 +20\.0\/s/mu);
    expect(text).toMatch(/^ {2}steady +600 +20\.0\/s/mu);
  });

  it('says where calls were slow together, and what they are worth', async () => {
    const stored = thinRun();
    const slow = { seed: 9, ratePerSec: 100, timeoutMs: 9_000 };
    const seconds = Array.from({ length: 30 }, (_, i) => {
      const addMs = i % 5 === 0 ? 80 : 0;
      const at = { fromSec: 5 + i, toSec: 6 + i };
      return sampleSeconds({ ...slow, ...at, seed: i, fault: { ...at, addMs } });
    }).flat();
    const text = renderTerminal(await composeReport({ ...stored, seconds }, []), PLAIN);
    expect(text).toMatch(/n_eff [\d,]+ at p50, [\d,]+ at p99, since calls were slow together/u);
  });

  it('of a run without a single call still says so', async () => {
    const run = runRecord({ status: 'running', endedEpochMs: 0 });
    const text = renderTerminal(await composeReport({ run, seconds: [] }, USUAL_THRESHOLDS), PLAIN);
    expect(text).toContain('✗ FAILED');
    expect(text).toContain('no call of step create-order');
    expect(text).toContain('PARTIAL RUN: not ended');
    expect(text).not.toContain('NaN');
  });
});
