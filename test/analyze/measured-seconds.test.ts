import { expect, it } from 'vitest';

import {
  analyzeRun,
  readMeasuredSeconds,
  stepsOfSeconds,
  type CallSummary,
  type ClockSummary,
} from '../../src/analyze/index.ts';
import { healthyRun, stoppedRun, troubledRun } from '../report/sample-runs.ts';
import { memorySource } from './memory-source.ts';

function shown({ calls, outcomes, errorRatio, achievedPerSec, response, service }: CallSummary) {
  return { calls, outcomes, errorRatio, achievedPerSec, clocks: [response, service].map(numbers) };
}

function numbers({ sample: _sample, ...rest }: ClockSummary) {
  return rest;
}

it.each([
  ['healthy', healthyRun()],
  ['troubled', troubledRun()],
  ['stopped', stoppedRun()],
])('shows of the steps of a %s run what its report shows', async (_name, stored) => {
  const source = memorySource(stored);
  const seconds = await readMeasuredSeconds(source, stored.run, ['response', 'service']);
  const analysis = await analyzeRun(source, stored.run.runId);
  const steps = stepsOfSeconds(seconds);
  expect(steps.map(({ step }) => step)).toEqual(analysis.steps.map(({ step }) => step));
  expect(steps.map(({ overall }) => shown(overall))).toEqual(
    analysis.steps.map(({ overall }) => shown(overall)),
  );
});
