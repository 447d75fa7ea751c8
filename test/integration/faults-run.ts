import { resolve } from 'node:path';
import { expect } from 'vitest';

import { callgauge, type Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';

export interface FaultJson {
  readonly fault: string;
  readonly placeKind: string;
  readonly place: string;
  readonly effect: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly fromNs: number;
  readonly toNs: number;
  readonly steps: readonly {
    readonly before: CallsJson;
    readonly during: CallsJson;
    readonly after: CallsJson;
    readonly recovery: { readonly state: string; readonly atMostNs: number | null };
  }[];
}

export interface CallsJson {
  readonly calls: number;
  readonly errorRatio: number;
  readonly response: { readonly meanNs: number | null };
}

export interface FaultReport {
  readonly metadata: { readonly runId: string };
  readonly results: {
    readonly invalid: object | null;
    readonly faults: readonly FaultJson[];
    readonly slowestCalls: readonly { readonly fault: string }[];
    readonly healthy: { readonly seconds: number };
  };
}

const SERVICE = resolve(import.meta.dirname, '../processes/fixtures/service.ts');

export interface FaultScenario {
  readonly forSec: number;
  /** The entries of `faults`, two spaces deep. */
  readonly faults: string;
}

/** Returns the file of a scenario: one service behind a proxy, called 200 times a second. */
export function faultScenario(workplace: Workplace, { forSec, faults }: FaultScenario): string {
  return workplace.file(
    'faults.yaml',
    `name: faults
seed: 11
services:
  api: { command: [node, ${SERVICE}, well], ready: / }
proxies:
  api: { upstream: "\${services.api.address}", protocol: http }
targets:
  api: { url: "\${proxies.api.url}", connections: 200 }
flows:
  look:
    - { step: home, target: api, timeout: 20s, http: { path: / } }
load:
  - phase: warm-up
    arrivals: { process: constant, rate: 200/s }
    for: 1s
    measure: false
  - phase: steady
    arrivals: { process: constant, rate: 200/s }
    for: ${forSec}s
trace: { keep: { head: 100%, errors: all, slow: 1% } }
engine: { gracefulStop: 20s }
faults:
${faults}`,
  );
}

/** Returns the report of a run of the file; it leaves no process behind. */
export async function faultReport(workplace: Workplace, file: string): Promise<FaultReport> {
  const before = workplace.processes();
  const ended = await callgauge(['run', file, '--json', '--dir', workplace.storeDir]);
  expect(ended.err).not.toContain('bug');
  expectExit(ended, 0);
  expect(workplace.processes()).toEqual(before);
  return JSON.parse(ended.out) as FaultReport;
}

/** The mean of the response times: a percentile is refused in so short a run. */
export function meanNs(calls: CallsJson | undefined): number {
  return calls?.response.meanNs ?? Number.NaN;
}
