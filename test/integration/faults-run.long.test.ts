import { afterAll, expect, it } from 'vitest';

import { Workplace } from '../cli/callgauge-process.ts';
import { type FaultJson, faultReport, faultScenario, meanNs } from './faults-run.ts';

const workplace = new Workplace();
afterAll(() => workplace.remove());

it('a run shows a delay, a pause and a kill before, during and after, and that the service recovered', async () => {
  // Between two faults lie the seconds that recovery may take here, the five in which it must last,
  // and the one that is kept free before the next.
  const file = faultScenario(workplace, {
    forSec: 31,
    faults: `  - name: slow
    proxy: api
    toxic: { type: http_delay, delay: { distribution: constant, delay: 200ms } }
    during: { phase: steady, from: 4s, for: 1s }
  - name: frozen
    service: api
    do: pause
    during: { phase: steady, from: 13s, for: 1s }
  - name: crashed
    service: api
    do: kill
    during: { phase: steady, from: 22s, for: 1s }
`,
  });
  const { results } = await faultReport(workplace, file);
  expect(results.faults).toMatchObject([
    { fault: 'slow', placeKind: 'proxy', place: 'api', effect: 'http_delay' },
    { fault: 'frozen', placeKind: 'service', place: 'api', effect: 'pause' },
    { fault: 'crashed', placeKind: 'service', place: 'api', effect: 'kill' },
  ]);
  const [slow, frozen, crashed] = results.faults;
  // A fault that the machine let begin late ends in its time all the same, and is the shorter.
  const secondsOf = ({ fromNs = 0, toNs = 0 }: Partial<FaultJson> = {}): number =>
    (toNs - fromNs) / 1e9;
  for (const fault of results.faults) expect(secondsOf(fault), fault.fault).toBeGreaterThan(0);
  // Some calls lose a race: they are under way when the service is killed, or they are sent as an
  // idle connection is closed, for which a service that was held up has a moment of its own.
  for (const { fault, steps } of results.faults) {
    expect(steps[0]?.before.errorRatio, fault).toBeLessThan(0.05);
    expect(steps[0]?.after.errorRatio, fault).toBeLessThan(0.05);
    if (fault !== 'crashed') expect(steps[0]?.during.errorRatio, fault).toBeLessThan(0.05);
  }
  expect(crashed?.steps[0]?.during.errorRatio).toBeGreaterThan(0.2);
  expect(Number(crashed?.attributes['startUpNs'])).toBeGreaterThan(10e6);
  // What a starved generator adds to the response times looks like a target that has not recovered,
  // and what it sends late may miss the fault.
  if (results.invalid !== null) return;
  expect(meanNs(slow?.steps[0]?.during)).toBeGreaterThan(150e6);
  expect(meanNs(slow?.steps[0]?.during)).toBeGreaterThan(meanNs(slow?.steps[0]?.before));
  // Whoever comes while it stands still waits for the half of that on average.
  expect(meanNs(frozen?.steps[0]?.during)).toBeGreaterThan(0.4e9 * secondsOf(frozen));
  for (const { fault, steps } of results.faults) {
    // Whoever was back late has less than five seconds left to be watched.
    expect(steps[0]?.recovery.state, fault).toMatch(/^(?:recovered|unconfirmed)$/u);
    expect(steps[0]?.recovery.atMostNs, fault).toBeGreaterThanOrEqual(0);
  }
  expect(results.slowestCalls.map(({ fault }) => fault)).toContain('frozen');
});
