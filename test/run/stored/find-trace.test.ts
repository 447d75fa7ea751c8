import { describe, expect, it } from 'vitest';
import { HarnessError, type Span } from '../../../src/core/index.ts';
import { findTrace } from '../../../src/run/stored/find-trace.ts';
import { memorySource, runRecord } from '../../analyze/memory-source.ts';
import { slowSpan, span } from '../../report/sample-runs.ts';

const OK = ['6920b6a75d1f3c0900000000000000aa', '6920b6a75d1f3c0900000000000000ab'] as const;
const FAILED = '6920b6a75d1f3c09f0000000000000ac';
const { runId } = runRecord();

/** The slowest call of the run is `OK[0]`. */
function sourceOf(spans: readonly Span[]) {
  return memorySource({ run: runRecord(), seconds: [], spans });
}

const healthy = sourceOf(OK.map((traceId) => span({ traceId })));
const troubled = sourceOf([
  ...OK.map((traceId) => span({ traceId })),
  span({ traceId: FAILED, status: 'Error' }),
]);

async function idOf(source: typeof healthy, ...wanted: readonly string[]) {
  const { spans, why } = await findTrace(source, wanted);
  return [spans[0]?.traceId, why];
}

async function refusalOf(source: typeof healthy, ...wanted: readonly string[]) {
  const error: unknown = await findTrace(source, wanted).catch((thrown: unknown) => thrown);
  if (!(error instanceof HarnessError)) throw new Error('it was found');
  return error;
}

describe('which trace is meant', () => {
  it.each([
    [[FAILED], FAILED, ''],
    [[FAILED.toUpperCase()], FAILED, ''],
    [[FAILED.slice(0, 17)], FAILED, ''],
    [['latest'], FAILED, `the last failed call of run ${runId}`],
    [['latest', 'failed'], FAILED, `the last failed call of run ${runId}`],
    [[runId], FAILED, `the last failed call of run ${runId}`],
    [[runId, 'failed'], FAILED, `the last failed call of run ${runId}`],
    [[runId, 'slowest'], OK[0], `the slowest stored call of run ${runId}`],
  ])('%j', async (wanted, traceId, why) => {
    expect(await idOf(troubled, ...wanted)).toEqual([traceId, why]);
  });

  it('latest is the slowest where none failed, and says so', async () => {
    const why = `the slowest stored call of run ${runId}; none failed`;
    expect(await idOf(healthy, 'latest')).toEqual([OK[0], why]);
  });

  it('failed is a service\u2019s span where every call went well', async () => {
    const retried = sourceOf([
      span({ traceId: OK[0] }),
      span({ traceId: OK[1], serviceName: 'orders', status: 'Error' }),
    ]);
    const why = `the last failed span of orders of run ${runId}`;
    expect(await idOf(retried, runId, 'failed')).toEqual([OK[1], why]);
  });

  it.each([
    [['692'], 'at least 4 digits, got 3 (692)'],
    [['0000ffff'], 'the store holds no trace that begins with 0000ffff'],
    [['f'.repeat(32)], `the store holds no trace ${'f'.repeat(32)}`],
    [['f'.repeat(33)], 'the id of a trace, the beginning of one, or latest'],
    [['create-order'], 'the beginning of one, or latest, got create-order'],
    [['latest', 'fastest'], 'slowest or failed behind the run, got fastest'],
    [['6920', 'failed'], 'a run before failed, 16 hex digits or latest, got 6920'],
    [['0000000000000000', 'failed'], '0000000000000000'],
  ])('%j is refused: %s', async (wanted, message) => {
    const { message: said, hint } = await refusalOf(troubled, ...wanted);
    expect(said).toContain(message);
    expect(hint).not.toBe('');
  });

  it('lists the candidates of a beginning that fits several, a bounded number', async () => {
    const few = await refusalOf(troubled, OK[0].slice(0, 31));
    expect(few.message).toBe(
      `${OK[0].slice(0, 31)} is the beginning of 2 traces:\n` +
        `  ${OK[0]}  2026-11-21T00:52:07.000Z  1 span  callgauge  create-order\n` +
        `  ${OK[1]}  2026-11-21T00:52:07.000Z  1 span  callgauge  create-order`,
    );
    const many = sourceOf(Array.from({ length: 40 }, (_, i) => slowSpan(i)));
    const { message, hint } = await refusalOf(many, runId.slice(0, 15));
    expect(message).toContain('is the beginning of 40 traces:');
    expect(message).toContain('… and 32 others');
    expect(hint).toContain(`trace ${runId} failed`);
  });

  it('failed of a run without a failure names the slowest', async () => {
    const { message, hint } = await refusalOf(healthy, 'latest', 'failed');
    expect(message).toBe(`run ${runId} has no failed span in the store`);
    expect(hint).toContain(`callgauge trace ${runId} slowest`);
  });
});
