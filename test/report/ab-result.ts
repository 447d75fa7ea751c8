import type { AbResult, PercentileRow, ShareRow } from '../../src/compare/index.ts';
import { NS_PER_MS } from '../../src/core/index.ts';

function percentile(percent: number, change: number, rest: Partial<PercentileRow>): PercentileRow {
  const beforeNs = percent * NS_PER_MS;
  return {
    step: 'create-order',
    percent,
    beforeNs,
    afterNs: beforeNs * (1 + change),
    ratio: 1 + change,
    ratioLower: 1 + change - 0.02,
    ratioUpper: 1 + change + 0.02,
    differenceNs: beforeNs * change,
    differenceLowerNs: beforeNs * (change - 0.02),
    differenceUpperNs: beforeNs * (change + 0.02),
    p: 0.4,
    q: 0.4,
    verdict: 'pass',
    reason: '',
    ...rest,
  };
}

const ERRORS: ShareRow = {
  kind: 'errors',
  step: 'create-order',
  before: 0.001,
  after: 0.0012,
  difference: 0.0002,
  differenceLower: -0.0008,
  differenceUpper: 0.0009,
  p: 0.7,
  q: 0.7,
  verdict: 'pass',
  reason: '',
};

/** Returns what a run says of two versions, with rows of every kind. */
export function abResult(verdict: AbResult['judgement']['verdict']): AbResult {
  return {
    target: 'orders',
    versions: { a: 'http://127.0.0.1:8080', b: 'node "new server.js" --port {port}' },
    steps: [{ step: 'create-order', a: 'create-order@a', b: 'create-order@b', isJudged: true }],
    judgement: {
      verdict,
      decided: verdict !== 'inconclusive',
      seconds: 34,
      limits: {
        changeRatioMin: 0.03,
        changeMinNs: 100_000,
        shareChangeMin: 0.001,
        falseDiscoveryRatio: 0.01,
      },
      percentiles: [
        percentile(50, 0.071, { p: 1e-9, q: 3e-9, verdict: 'regression' }),
        percentile(99, -0.01, {
          ratioLower: 0,
          ratioUpper: Infinity,
          verdict: 'inconclusive',
          reason: 'a change that counts is not ruled out',
        }),
      ],
      shares: [ERRORS, { ...ERRORS, kind: 'dropped', step: '', before: 0, after: 0 }],
    },
  };
}
