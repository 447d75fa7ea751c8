import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../src/core/index.ts';
import { callStages, forestOf } from '../../src/spans/index.ts';
import { drawnTrace } from './drawn-trace.ts';
import { tableOf } from './generated-traces.ts';

describe('how a service makes its calls', () => {
  it('tells those one after another from those beside each other', () => {
    const [stages] = stagesOf(`
@web/buy            |--------------------|
  #front/get        |--------------------|
    @front/stock    | ----               |
      #stock/read   | ----               |
    @front/price    |  -----             |
      #price/read   |  -----             |
    @front/charge   |        --------    |
      #pay/charge   |        --------    |`);
    expect(stages).toMatchObject({ caller: 'web', operation: 'buy', callee: 'front', requests: 1 });
    expect(stages?.patterns).toEqual([
      {
        count: 1,
        stages: [
          [
            { callee: 'price', operation: 'price' },
            { callee: 'stock', operation: 'stock' },
          ],
          [{ callee: 'pay', operation: 'charge' }],
        ],
      },
    ]);
  });

  it('takes attempts of one call for one, and what is called from inside of the service too', () => {
    const [stages] = stagesOf(`
#front/get          |--------------------|
  front/work        |------------------  |
    @!front/charge  | ---                |
    @front/charge   |      ---           |
      #pay/charge   |      ---           |
  @front/mail       |           ---      |`);
    expect(stages).toMatchObject({ caller: '(outside)', operation: 'get', callee: 'front' });
    expect(stages?.patterns[0]?.stages).toEqual([
      [{ callee: 'pay', operation: 'charge' }],
      [{ callee: '', operation: 'mail' }],
    ]);
  });

  it('lays a call that began when the first of a stage had ended behind it', () => {
    const [stages] = stagesOf(`
#front/get          |--------------------|
  @front/a          |----                |
  @front/b          |--------            |
  @front/c          |     ------         |`);
    const names = stages?.patterns[0]?.stages.map((stage) => stage.map((call) => call.operation));
    expect(names).toEqual([['a', 'b'], ['c']]);
  });

  it('has what remains of a request without its calls for the work of the service', () => {
    const [stages] = stagesOf(`
#front/get          |--------------------|
  @front/a          |     -----          |
  @front/b          |       ------       |`);
    const [whole] = stagesOf(`
#front/get          |--------------------|`);
    expect(whole?.patterns).toEqual([{ count: 1, stages: [] }]);
    expect((stages?.localNs ?? 0) / (whole?.localNs ?? 1)).toBeCloseTo(12 / 20, 1);
    expect(whole?.localNs).toBeGreaterThan(NS_PER_MS);
  });
});

function stagesOf(drawing: string) {
  return callStages(forestOf(tableOf(drawnTrace(drawing))));
}
