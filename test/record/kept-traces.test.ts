import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OK } from '../../src/core/index.ts';
import {
  type FinishedCall,
  heldLater,
  type KeptCall,
  KeptTraces,
  Recorder,
} from '../../src/record/index.ts';
import { RunIds } from '../../src/trace/index.ts';

const ids = new RunIds('691fab800000beef');
const STEPS = ['look', 'buy', 'pay'];
const SLOW_NS = 9_000;

/** A recorder that keeps failed calls only, and holds the others. */
function recorder(maxHeldPerSecond = 1_000): Recorder {
  return new Recorder({
    seed: 1,
    phases: ['warm-up', 'steady'],
    targets: ['shop'],
    steps: STEPS.map((name) => ({ name, target: 'shop' })),
    keep: { headRatio: 0, errors: true, slowRatio: 0 },
    maxHeldPerSecond,
  });
}

function call(over: Partial<FinishedCall> = {}): FinishedCall {
  return {
    seq: 0,
    spanSeq: 0,
    phaseIndex: 1,
    stepIndex: 0,
    intendedNs: 100,
    seenNs: 150,
    sentNs: 400,
    firstByteNs: 800,
    endNs: SLOW_NS,
    outcome: OK,
    status: 200,
    bytesIn: 10,
    bytesOut: 20,
    localPort: 4_000,
    error: '',
    attempt: 0,
    callOutcome: OK,
    endpoint: 0,
    ...over,
  };
}

/** Step k of an arrival. */
function step(seq: number, k: number, over: Partial<FinishedCall> = {}): FinishedCall {
  return call({ seq, spanSeq: seq * STEPS.length + k, stepIndex: k, ...over });
}

/** A service's span of an arrival's trace. */
const spanOf = (seq: number) => ({ traceId: ids.traceId(seq) });

class Run {
  readonly calls: KeptCall[] = [];
  readonly traces: KeptTraces;
  readonly #recorder: Recorder;
  #second = 0;

  constructor(waitingMax?: number, maxHeldPerSecond?: number) {
    this.traces = new KeptTraces(ids, waitingMax);
    this.traces.begin((kept) => this.calls.push(kept));
    this.#recorder = recorder(maxHeldPerSecond);
  }

  /** Lets these calls end, and then the second. */
  second(...calls: readonly FinishedCall[]): void {
    for (const one of calls) this.#recorder.record(one);
    // As it comes out of another thread.
    this.traces.add(structuredClone(this.#recorder.takeSlice(this.#second++)));
  }

  get kept(): readonly string[] {
    return this.calls.map(({ seq, step: name, kept }) => `${seq} ${name} ${kept}`);
  }
}

describe('the calls of a trace', () => {
  it('are kept with the one that failed: those before it, and those after', () => {
    const run = new Run();
    run.second(step(1, 0), step(2, 0));
    run.second(step(1, 1, { outcome: 6, error: 'check' }), step(2, 1));
    run.second(step(1, 2), step(2, 2));
    expect(run.kept).toEqual(['1 buy error', '1 look trace', '1 pay trace']);
  });

  it('are kept once a service has sent a span of it, before or after they ended', () => {
    const run = new Run();
    run.second(step(1, 0));
    run.traces.arrived([spanOf(1), spanOf(1), spanOf(2)]);
    run.traces.arrived([spanOf(1)]);
    run.second(step(1, 1), step(2, 0), step(3, 0));
    expect(run.kept).toEqual(['1 look trace', '1 buy trace', '2 look trace']);
    expect(run.traces.lost).toBe(0);
  });

  it('are not kept for spans of other runs, of setups, or of nobody', () => {
    const run = new Run();
    run.second(step(1, 0));
    run.traces.arrived([
      { traceId: new RunIds('691fab800000bee0').traceId(1) },
      { traceId: new RunIds(ids.runId, 2 ** 52).traceId(1) },
      { traceId: '' },
    ]);
    expect(run.kept).toEqual([]);
    expect(run.traces.lost).toBe(0);
  });

  it('have everything that a kept one has', () => {
    const run = new Run();
    run.second(
      step(1, 0),
      step(2, 1, { outcome: 4, error: 'why', sentNs: -1, firstByteNs: -1, status: -1 }),
    );
    run.traces.arrived([spanOf(1)]);
    expect(run.calls).toEqual([
      {
        seq: 2,
        spanSeq: 7,
        phase: 'steady',
        step: 'buy',
        target: 'shop',
        intendedNs: 100,
        seenNs: 150,
        sentNs: SLOW_NS,
        firstByteNs: -1,
        endNs: SLOW_NS,
        outcome: 'cancelled',
        status: -1,
        bytesIn: 10,
        bytesOut: 20,
        localPort: 4_000,
        error: 'why',
        kept: 'error',
      },
      {
        seq: 1,
        spanSeq: 3,
        phase: 'steady',
        step: 'look',
        target: 'shop',
        intendedNs: 100,
        seenNs: 150,
        sentNs: 400,
        firstByteNs: 800,
        endNs: SLOW_NS,
        outcome: 'ok',
        status: 200,
        bytesIn: 10,
        bytesOut: 20,
        localPort: 4_000,
        error: '',
        kept: 'trace',
      },
    ]);
  });
});

describe('a law of kept traces', () => {
  it('each call of one comes out once and no other, in whatever order things happen', () => {
    const event = fc.oneof(
      fc.record({ of: fc.constant('call' as const), at: fc.nat(23), fails: fc.boolean() }),
      fc.record({ of: fc.constant('span' as const), seq: fc.nat(7) }),
      fc.record({ of: fc.constant('second' as const) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const run = new Run();
        const [made, wanted] = [new Set<number>(), new Set<number>()];
        let calls: FinishedCall[] = [];
        for (const happens of events) {
          if (happens.of === 'span') {
            run.traces.arrived([spanOf(happens.seq)]);
            wanted.add(happens.seq);
          } else if (happens.of === 'second') {
            run.second(...calls);
            calls = [];
          } else if (!made.has(happens.at)) {
            const [seq, k] = [Math.floor(happens.at / 3), happens.at % 3];
            made.add(happens.at);
            calls.push(step(seq, k, happens.fails ? { outcome: 3, error: 'ECONNRESET' } : {}));
            if (happens.fails) wanted.add(seq);
          }
        }
        run.second(...calls);
        const expected = [...made].filter((at) => wanted.has(Math.floor(at / 3)));
        const found = run.calls.map(({ spanSeq }) => spanSeq);
        expect(found.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
        const met = new Set(expected.map((at) => Math.floor(at / 3)));
        expect(run.traces.lost).toBe(wanted.size - met.size);
      }),
    );
  });

  it('the newest calls wait, as many as there is room for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(9), { maxLength: 120 }),
        (waitingMax, seqs) => {
          const run = new Run(waitingMax);
          run.second(...seqs.map((seq, i) => call({ seq, spanSeq: i })));
          run.traces.arrived(Array.from({ length: 10 }, (_, seq) => spanOf(seq)));
          const found = run.calls.map(({ spanSeq }) => spanSeq).toSorted((a, b) => a - b);
          expect(found).toEqual(seqs.map((_, i) => i).slice(-waitingMax));
        },
      ),
    );
  });
});

describe('what is lost of kept traces', () => {
  it('counts where their calls waited too long, or were too many of a second', () => {
    const short = new Run(2);
    short.second(step(1, 0), step(2, 0), step(3, 0));
    short.traces.arrived([spanOf(1), spanOf(3)]);
    expect([short.kept, short.traces.lost]).toEqual([['3 look trace'], 1]);
    const full = new Run(undefined, 2);
    full.second(step(1, 0), step(2, 0), step(3, 0));
    full.second(step(4, 0));
    full.traces.arrived([spanOf(2), spanOf(3), spanOf(4)]);
    expect([full.kept, full.traces.lost]).toEqual([['2 look trace', '4 look trace'], 1]);
  });
});

describe('held calls', () => {
  it('of a probe are later by when it began, but for what never was', () => {
    const own = recorder();
    own.record(step(1, 0, { outcome: OK, sentNs: -1, firstByteNs: -1 }));
    const [held] = own.takeSlice(0).held;
    const traces = new KeptTraces(ids);
    const calls: KeptCall[] = [];
    traces.begin((kept) => calls.push(kept));
    traces.add({ kept: [], held: held === undefined ? [] : [heldLater(held, 50)] });
    traces.arrived([spanOf(1)]);
    expect(calls).toMatchObject([
      { intendedNs: 150, seenNs: 200, sentNs: SLOW_NS + 50, firstByteNs: -1, endNs: SLOW_NS + 50 },
    ]);
  });

  it('are none where nobody asks for them', () => {
    const own = recorder(0);
    own.record(step(1, 0));
    expect(own.takeSlice(0).held).toEqual([]);
  });
});
