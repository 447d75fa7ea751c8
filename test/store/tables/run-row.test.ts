import { describe, expect, it } from 'vitest';
import type { ServiceEnd } from '../../../src/core/index.ts';
import { runFromRow, type RunRow } from '../../../src/store/tables/run-table.ts';

const ROW: RunRow = {
  RunId: '6920b6a75d1f3c09',
  Scenario: 'checkout',
  StartedNs: '0',
  EndedNs: '0',
  Status: 'complete',
  Seed: 1,
  PhaseNames: [],
  PhaseFromNs: [],
  PhaseToNs: [],
  PhaseMeasured: [],
  PhaseModel: [],
  Source: '',
  Plan: '',
  Verdict: '',
  HarnessVersion: '',
  Environment: {},
  Targets: {},
  ServiceEnds: '',
  LoadEnd: '',
};

function endsOf(text: string): readonly ServiceEnd[] | undefined {
  return runFromRow({ ...ROW, ServiceEnds: text }).serviceEnds;
}

describe('the services that ended, as a row has them', () => {
  it('are absent where the row has none', () => {
    expect(runFromRow(ROW)).not.toHaveProperty('serviceEnds');
  });

  it('are those of a later version too, as far as they are known here', () => {
    const known = { service: 'a', code: 1, signal: null, atNs: 5, lastOutput: 'x' };
    expect(endsOf(JSON.stringify([{ ...known, dumpedCore: true }]))).toEqual([known]);
    expect(endsOf('[{"service":"a","atNs":5}, 7, {"name":"b"}]')).toEqual([
      { ...known, code: null, lastOutput: '' },
    ]);
    expect(endsOf('{"ends":[]}')).toEqual([]);
  });
});
