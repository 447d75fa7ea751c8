import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPAN_STATUSES, type Span } from '../../src/core/index.ts';
import {
  amplifications,
  callLoops,
  completenessOf,
  errorOrigins,
  forestOf,
  outlivedCalls,
  repeatedAttempts,
  type SpanForest,
} from '../../src/spans/index.ts';
import { drawnTrace } from './drawn-trace.ts';
import { tableOf, timedTrace } from './generated-traces.ts';

const MS = 1_000_000;
const ERROR = SPAN_STATUSES.indexOf('Error');

describe('the origin of a failure', () => {
  it('is a span that failed with none below it that did; one that all of it ends at', () => {
    expect(
      originsOf(`
#!front/get     |----------|
  @!call        | -------- |
    #!back/get  |  ------  |
      !work     |   ---    |
      other     |      -   |`),
    ).toEqual([{ span: 'work', kind: 'own' }]);
  });

  it('is a call whose server left no span: the network, or what is not instrumented', () => {
    expect(
      originsOf(`
#!front/get     |----------|
  @!call        | -------- |`),
    ).toEqual([{ span: 'call', kind: 'peer' }]);
  });

  it('of a call that was given up is what still ran, as deep as it ran, whatever its status', () => {
    expect(
      originsOf(`
#!front/get     |----------|
  @!call        | -----    |
    #back/get   |  -----------------|
      @query    |    -----------   |
        #db/sql |      -----       |
      @before   |  -               |`),
    ).toEqual([{ span: 'call', kind: 'waiting', blamed: 'query' }]);
  });

  it('is what ended with a call that says that it timed out', () => {
    const drawing = `
@!call        | -----    |
  #back/get   |  ----    |`;
    expect(originsOf(drawing)).toEqual([{ span: 'call', kind: 'own' }]);
    const timedOut = { 'error.type': 'timeout' };
    expect(originsOf(drawing, { call: timedOut })).toEqual([
      { span: 'call', kind: 'waiting', blamed: 'get' },
    ]);
    expect(originsOf(drawing, { call: { 'rpc.grpc.status_code': '4' } })).toHaveLength(1);
  });

  it('may be several, and go no further than what went well above', () => {
    expect(
      originsOf(`
#front/get      |----------|
  @!first       | --       |
  @second       |    --    |
  !render       |       -- |`),
    ).toEqual([
      { span: 'first', kind: 'peer', absorbedBy: 'get' },
      { span: 'render', kind: 'own', absorbedBy: 'get' },
    ]);
  });

  it('is below or at every span that failed, and failed itself', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { table, ...rest } = forestOf(tableOf(timedTrace(seed, 'a1')));
        const origins = errorOrigins({ table, ...rest }, 0).map(({ span }) => span);
        const failed = [...table.statuses.keys()].filter((i) => table.statuses[i] === ERROR);
        const above = new Set(origins);
        for (const origin of origins) {
          expect(failed).toContain(origin);
          for (let i = origin; i >= 0; i = table.parents[i] ?? -1) above.add(i);
        }
        expect(failed.filter((i) => !above.has(i))).toEqual([]);
      }),
    );
  });

  it('is told through a server that leaves its status open, as those do for a 404', () => {
    expect(
      originsOf(`
@!call        |----------|
  #back/get   | -------- |
    !find     |  ----    |`),
    ).toEqual([{ span: 'find', kind: 'own' }]);
  });
});

describe('attempts', () => {
  const retried = `
#front/get     |-----------------|
  @!charge     | ---             |
    #pay/post  | ---             |
  @!charge     |     ---         |
    #pay/post  |     ---         |
  @charge      |         ----    |
    #pay/post  |         ----    |
  @charge      |              -- |
    #pay/post  |              -- |`;

  it('are retries where the one before had failed and was over', () => {
    expect(attemptsOf(retried)).toEqual([
      { kind: 'retry', peer: 'pay', startsMs: [1, 5, 9], succeeded: true },
    ]);
    const [edge] = amplifications(forestOf(tableOf(drawnTrace(retried))));
    expect(edge).toMatchObject({ peer: 'pay', attempts: 4, calls: 2 });
  });

  it('are as many as the calls, or more', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), (seeds) => {
        const forest = forestOf(tableOf(seeds.flatMap((seed, i) => timedTrace(seed, `a${i}`))));
        const edges = amplifications(forest);
        for (const { attempts, calls } of edges) {
          expect(calls).toBeGreaterThan(0);
          expect(attempts).toBeGreaterThanOrEqual(calls);
        }
        const again = seeds.flatMap((_, t) => repeatedAttempts(forest, t));
        const repeats = again.reduce((sum, { attempts }) => sum + attempts.length - 1, 0);
        expect(edges.reduce((sum, { attempts, calls }) => sum + attempts - calls, 0)).toBe(repeats);
      }),
    );
  });

  it('are no retries of calls for something else, unless they say so', () => {
    const paths = (again: Record<string, string>): Readonly<Record<string, Attributes>> => ({
      'charge 1': { 'url.full': 'http://a:80/pay/1?x' },
      'charge 5': { 'url.full': 'http://b:80/pay/2?x', ...again },
      'charge 9': { 'url.full': 'http://c:80/pay/2?x' },
    });
    const starts = (again: Record<string, string>): unknown =>
      attemptsOf(retried, paths(again)).map((each) => each.startsMs);
    expect(starts({})).toEqual([[5, 9]]);
    expect(starts({ 'http.request.resend_count': '1' })).toEqual([[1, 5, 9]]);
  });

  it('are a hedge where one ran beside another and was given up for it', () => {
    expect(
      attemptsOf(`
#front/get     |-----------------|
  @!charge     | ---------       |
    #pay/post  | -------------   |
  @charge      |     -----       |
    #pay/post  |      ---        |`),
    ).toEqual([{ kind: 'hedge', peer: 'pay', startsMs: [1, 5], succeeded: true }]);
  });

  it('are of one call where the first reached nobody', () => {
    expect(
      attemptsOf(`
#front/get     |-----------------|
  @!charge     | ---             |
  @charge      |     -----       |
    #pay/post  |      ---        |`),
    ).toEqual([{ kind: 'retry', peer: 'pay', startsMs: [1, 5], succeeded: true }]);
  });

  it('are calls of their own side by side, also where one of them failed at once', () => {
    expect(
      attemptsOf(`
#front/get     |-----------------|
  @!part       | --              |
  @part        | ---------       |
  @part        |  --------       |`),
    ).toEqual([]);
  });
});

describe('alike calls one after another', () => {
  const loop = (bars: readonly string[]): string =>
    ['#front/get   |' + '-'.repeat(60) + '|', ...bars.map((bar) => `  @select    |${bar}|`)].join(
      '\n',
    );
  const bars = Array.from({ length: 12 }, (_, i) => ' '.repeat(i * 4) + '-'.repeat(2 + (i % 2)));

  it('are a loop from ten on', () => {
    expect(loopsOf(loop(bars))).toEqual([{ calls: 12, tookMs: 30 }]);
    expect(loopsOf(loop(bars.slice(0, 10)))).toEqual([{ calls: 10, tookMs: 25 }]);
    expect(loopsOf(loop(bars.slice(0, 9)))).toEqual([]);
  });

  it('leave out what took far longer, and are none beside each other', () => {
    const long = `${' '.repeat(48)}${'-'.repeat(12)}`;
    expect(loopsOf(loop([...bars, long]))).toEqual([{ calls: 12, tookMs: 30 }]);
    expect(loopsOf(loop(bars.map(() => '  ---')))).toEqual([]);
  });
});

describe('work that nobody waited for', () => {
  it('is that of a call from when its caller gave up', () => {
    const drawing = `
#front/get     |-------------|
  @!charge     | ---         |
    #pay/post  |  --------   |
    #pay/quick |  ---        |
  @charge      |      ---    |
    #pay/post  |      ------ |`;
    const forest = forestOf(tableOf(drawnTrace(drawing)));
    const found = outlivedCalls(forest, 0).map(({ child, wastedNs }) => ({
      of: nameOf(forest, child),
      wastedMs: wastedNs / MS,
    }));
    // A server may end its span a little after its client has the answer.
    expect(found).toEqual([{ of: 'post', wastedMs: 6 }]);
  });
});

describe('completeness', () => {
  it('is of the spans below the main root, and lower for every one that is not', () => {
    const whole = drawnTrace(`
front/get   |------------|
  call      | ---------- |
    inner   |  ----      |
  other     | --         |`);
    const of = (spans: readonly Span[]): unknown => completenessOf(forestOf(tableOf(spans)), 0);
    expect(of(whole)).toEqual({ ratio: 1, orphanCount: 0, isRootMissing: false });
    const without = (name: string): readonly Span[] => whole.filter((each) => each.name !== name);
    expect(of(without('call'))).toEqual({ ratio: 2 / 3, orphanCount: 1, isRootMissing: false });
    expect(of(without('get'))).toEqual({ ratio: 0.5, orphanCount: 2, isRootMissing: true });
  });

  it('counts the steps of a flow as one caller, and roots of other services not', () => {
    const of = (drawing: string): number =>
      completenessOf(forestOf(tableOf(drawnTrace(drawing))), 0).ratio;
    expect(
      of(`
callgauge/look   |---|
  shop/look      | - |
callgauge/pay    |    ------|
  shop/pay       |     ---- |`),
    ).toBe(1);
    expect(
      of(`
callgauge/pay    |    ------|
job/sweep        |--        |`),
    ).toBe(0.5);
  });
});

type Attributes = Span['attributes'];

/** Attributes are by name, or by name and start in ms. */
function forestOfDrawing(
  drawing: string,
  attributes: Readonly<Record<string, Attributes>> = {},
): SpanForest {
  const trace = drawnTrace(drawing);
  const fromNs = trace[0]?.startEpochNs ?? 0n;
  return forestOf(
    tableOf(
      trace.map((each) => {
        const startMs = (each.startEpochNs - fromNs) / BigInt(MS);
        return {
          ...each,
          attributes: attributes[each.name] ?? attributes[`${each.name} ${startMs}`] ?? {},
        };
      }),
    ),
  );
}

function originsOf(
  drawing: string,
  attributes: Readonly<Record<string, Attributes>> = {},
): readonly unknown[] {
  const forest = forestOfDrawing(drawing, attributes);
  return errorOrigins(forest, 0).map(({ span, kind, blamed, absorbedBy }) => ({
    span: nameOf(forest, span),
    kind,
    ...(blamed === undefined ? {} : { blamed: nameOf(forest, blamed) }),
    ...(absorbedBy === undefined ? {} : { absorbedBy: nameOf(forest, absorbedBy) }),
  }));
}

function attemptsOf(
  drawing: string,
  attributes: Readonly<Record<string, Attributes>> = {},
): readonly { readonly startsMs: readonly number[] }[] {
  const forest = forestOfDrawing(drawing, attributes);
  return repeatedAttempts(forest, 0).map(({ kind, peer, attempts, succeeded }) => ({
    kind,
    peer,
    startsMs: attempts.map((i) => (forest.startsNs[i] ?? 0) / MS),
    succeeded,
  }));
}

function loopsOf(drawing: string): readonly unknown[] {
  return callLoops(forestOf(tableOf(drawnTrace(drawing))), 0).map(({ spans, tookNs }) => ({
    calls: spans.length,
    tookMs: tookNs / MS,
  }));
}

function nameOf({ table }: SpanForest, i: number): string | undefined {
  return table.names[table.operations[i] ?? 0];
}
