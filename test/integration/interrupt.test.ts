import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';

let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(() => workplace.remove());

/** A scenario whose service never gets ready. */
const NEVER_READY = `name: never-ready
services:
  mute: { command: [node, -e, "setInterval(() => {}, 1000)"], readyWithin: 60s }
targets:
  mute: { url: "\${services.mute.url}" }
flows:
  look:
    - step: home
      target: mute
      http: { path: / }
load:
  - phase: steady
    arrivals: { rate: 10/s }
    for: 1s
`;

describe('Ctrl-C before the run has begun', () => {
  it('ends it at once with 130, stores no run and leaves no service behind', async () => {
    const file = workplace.file('never-ready.yaml', NEVER_READY);
    const run = new CallgaugeProcess(['run', file, '--dir', workplace.storeDir]);
    await run.says('store at');
    // The store is open; the service is being waited for, or is about to be.
    run.child.kill('SIGINT');
    const ended = await run.ended();
    expect(ended.code).toBe(130);
    expect(ended.err).toContain('stopping');
    expect(ended.err).toContain('nothing was sent');
    expect(ended.out).toBe('');
    expect(workplace.processes()).toEqual([]);
    const runs = await callgauge(['runs', '--json', '--dir', workplace.storeDir]);
    expect(JSON.parse(runs.out)).toEqual([]);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 130],
  ] as const)('ends it after %s with %d', async (signal, code) => {
    const file = workplace.file('never-ready.yaml', NEVER_READY);
    const run = new CallgaugeProcess(['run', file, '--dir', workplace.storeDir]);
    await run.says('opening the store');
    run.child.kill(signal);
    expect((await run.ended()).code).toBe(code);
    expect(workplace.processes()).toEqual([]);
  });
});
