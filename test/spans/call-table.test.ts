import { expect, it } from 'vitest';
import { callTable, forestOf, NO_PARENT, PARENT_MISSING } from '../../src/spans/index.ts';
import { stepCalls } from '../../src/why/step-calls.ts';
import { modelledRun, targetOf } from '../why/modelled-calls.ts';

const RUN = modelledRun(1, 30);

it('makes a trace of every call, in their order, with all of its spans and its weight', () => {
  const { table } = RUN;
  const calls = stepCalls(forestOf(table), targetOf(10), RUN.startedEpochNs).toReversed();
  const cut = callTable(
    table,
    calls.map((call, i) => ({ ...call, weight: i + 1 })),
  );
  expect(cut.spanCount).toBe(table.spanCount);
  expect(cut.traceIds).toEqual(table.traceIds.toReversed());
  cut.traceIds.forEach((_, trace) => {
    const own = Array.from(
      cut.parents.subarray(cut.traceStarts[trace], cut.traceStarts[trace + 1]),
    );
    expect(own.filter((parent) => parent === NO_PARENT)).toHaveLength(1);
    expect(cut.weights[cut.traceStarts[trace] ?? 0]).toBe(trace + 1);
  });
  const [tenants, before] = [cut, table].map((one) => {
    const { attribute } = forestOf(one);
    return [...one.services.keys()].map((span) => attribute(span, 'tenant') ?? '').toSorted();
  });
  expect(tenants).toEqual(before);
});

it('leaves out other calls of a trace, and takes orphans where there is no other', () => {
  const { table } = RUN;
  const [root = 0] = stepCalls(forestOf(table), targetOf(10), RUN.startedEpochNs)[0]?.roots ?? [];
  const below = table.parents.indexOf(root);
  const part = callTable(table, [{ trace: 0, roots: [below], weight: 1 }]);
  expect(part.spanCount).toBe((table.traceStarts[1] ?? 0) - 1);
  expect(part.parents[0]).toBe(NO_PARENT);
  const parents = table.parents.slice();
  parents[below] = PARENT_MISSING;
  const broken = callTable({ ...table, parents }, [{ trace: 0, roots: [root], weight: 1 }]);
  expect(broken.spanCount).toBe(table.traceStarts[1]);
  expect([...broken.parents].filter((parent) => parent === PARENT_MISSING)).toHaveLength(1);
});
