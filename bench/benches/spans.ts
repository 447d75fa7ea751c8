import { rngFrom, type Rng } from '../../src/core/index.ts';
import {
  amplifications,
  callLoops,
  errorOrigins,
  forestOf,
  outlivedCalls,
  pathTimesOf,
  pathTotals,
  repeatedAttempts,
  serviceGraphOf,
  SpanTableBuilder,
  type SpanRow,
} from '../../src/spans/index.ts';
import type { BenchOptions } from '../options.ts';
import { renderTable } from '../table.ts';

const SPANS_PER_TRACE = 10;
const START_EPOCH_NS = 1_795_000_000_000_000_000n;
const FRONT = resourceOf('front');
const PARTS = Array.from({ length: 4 }, (_, c) => resourceOf(`part-${c}`));

/** Prints how long questions about many traces take, one stage after another, on one thread. */
export async function benchSpans(
  options: BenchOptions,
  _scratch: string,
  say: (line: string) => void,
): Promise<void> {
  const traces = options.quick ? 10_000 : 100_000;
  const rounds = options.rounds ?? 3;
  say(
    `${traces} traces of ${SPANS_PER_TRACE} spans with 8 attributes; seconds, ${rounds} rounds\n`,
  );
  const taken = new Map<string, string[]>();
  const timed = <T>(stage: string, work: () => T): T => {
    const from = process.hrtime.bigint();
    const result = work();
    const seconds = Number(process.hrtime.bigint() - from) / 1e9;
    taken.set(stage, [...(taken.get(stage) ?? []), seconds.toFixed(2)]);
    return result;
  };
  let keys = 0;
  for (let round = 0; round < rounds; round++) {
    const builder = new SpanTableBuilder();
    timed('rows made and added', () => {
      for (const row of rowsOf(traces)) builder.add(row);
    });
    const table = timed('columns', () => builder.build());
    const forest = timed('forest, clocks aligned', () => forestOf(table));
    const times = timed('critical path of each', () => pathTimesOf(forest));
    keys = timed('totals by key', () => pathTotals(times)).length;
    timed('service graph', () => serviceGraphOf(forest, 'operation'));
    timed('amplification of each edge', () => amplifications(forest));
    timed('origins, attempts, loops, wasted work', () => {
      for (let t = 0; t < table.traceCount; t++) {
        errorOrigins(forest, t);
        repeatedAttempts(forest, t);
        callLoops(forest, t);
        outlivedCalls(forest, t);
      }
    });
  }
  const heads = Array.from({ length: rounds }, (_, i) => `round ${i + 1}`);
  say(
    renderTable(
      ['stage', ...heads],
      [...taken].map(([stage, cells]) => [stage, ...cells]),
    ),
  );
  const usedMb = Math.round(process.memoryUsage().rss / 2 ** 20);
  say(`\n${keys} call-path keys; ${usedMb} MiB resident at the end`);
}

/** A front that makes calls after and beside each other, each a client's span and its server's. */
function* rowsOf(traces: number): Generator<SpanRow> {
  const rng = rngFrom(1, 'bench of spans');
  for (let t = 0; t < traces; t++) {
    const traceId = hex(rng, 32);
    const base = { traceId, status: 'Unset', resourceAttributes: FRONT } as const;
    let atNs = START_EPOCH_NS + BigInt(t) * 1_000_000n;
    const root = hex(rng, 16);
    let calls: SpanRow[] = [];
    const fromNs = atNs;
    for (let c = 0; c * 2 < SPANS_PER_TRACE - 2; c++) {
      const tookNs = BigInt(1_000_000 + Math.floor(rng.nextFloat() * 5_000_000));
      const id = hex(rng, 16);
      const call = { ...base, name: `GET /part/${c}`, attributes: attributesOf(t, c) };
      calls = [
        ...calls,
        {
          ...call,
          spanId: id,
          parentSpanId: root,
          serviceName: 'front',
          kind: 'Client',
          startEpochNs: atNs,
          durationNs: tookNs,
        },
        {
          ...call,
          spanId: hex(rng, 16),
          parentSpanId: id,
          serviceName: `part-${c}`,
          resourceAttributes: PARTS[c] ?? FRONT,
          kind: 'Server',
          startEpochNs: atNs + 100_000n,
          durationNs: tookNs - 300_000n,
        },
      ];
      if (rng.nextFloat() < 0.7) atNs += tookNs;
    }
    const durationNs = atNs - fromNs + 7_000_000n;
    const front = { ...base, serviceName: 'front', attributes: attributesOf(t, 0) };
    const own = { startEpochNs: fromNs, durationNs };
    yield { ...front, ...own, spanId: root, parentSpanId: '', name: 'GET /', kind: 'Server' };
    const inner = { spanId: hex(rng, 16), parentSpanId: root, name: 'render' } as const;
    yield {
      ...front,
      ...inner,
      kind: 'Internal',
      startEpochNs: fromNs + durationNs - 500_000n,
      durationNs: 400_000n,
    };
    yield* calls;
  }
}

function resourceOf(service: string): SpanRow['resourceAttributes'] {
  return {
    'host.name': `node-${service}`,
    'k8s.pod.name': `${service}-1`,
    'service.version': '1.4.2',
    'deployment.environment.name': 'test',
  };
}

function attributesOf(t: number, c: number): SpanRow['attributes'] {
  return {
    'http.request.method': 'GET',
    'http.response.status_code': '200',
    'url.path': `/part/${c}`,
    'user.tier': `tier-${t % 7}`,
  };
}

function hex(rng: Rng, digits: number): string {
  let text = '';
  while (text.length < digits) text += rng.nextUint32().toString(16).padStart(8, '0');
  return text;
}
