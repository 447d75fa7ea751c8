import { rngFrom, type Rng, type Span, type SpanKind } from '../../src/core/index.ts';
import { SpanTableBuilder, type SpanTable } from '../../src/spans/index.ts';
import type { CallCounts, WhyTarget } from '../../src/why/index.ts';

/** What is wrong with a modelled shop; nothing where left out. Times in ms. */
export interface Trouble {
  /** Calls to a service take longer on the way, for this share of the iterations. */
  readonly way?: { readonly to: 'pay' | 'stock'; readonly ms: number; readonly ratio: number };
  /** Own work of a service; only for this tenant where one is named. */
  readonly slow?: { readonly at: string; readonly ms: number; readonly tenant?: string };
  /** The payment fails for this provider. */
  readonly failing?: { readonly provider: string };
  /** Calls to the payment that find nobody, for this share; front tries so often in all. */
  readonly refused?: { readonly ratio: number; readonly attempts: number };
  /** How long the call waits for a connection of its own. */
  readonly waiting?: { readonly ms: number; readonly ratio: number };
}

/** Which calls of a run are stored: as `trace.keep`. */
export interface Keep {
  readonly head: number;
  readonly slow: number;
}

export interface ModelledRun {
  readonly runId: string;
  readonly startedEpochNs: bigint;
  /** Those that are stored. */
  readonly spans: readonly Span[];
  readonly table: SpanTable;
  /** Of all calls. */
  readonly counts: CallCounts;
  /** Response times of all calls that were answered, ascending, in ns. */
  readonly tookNs: readonly number[];
}

export const STEP = 'buy';
const STARTED_NS = 1_700_000_000_000_000_000n;
const TENANTS = ['acme', 'blue', 'core', 'dune'] as const;
const MS = 1e6;

/** Returns the target of calls that took longer than so many ms, or of those that failed. */
export function targetOf(limitMs?: number): WhyTarget {
  const slow = { kind: 'slow', limitNs: (limitMs ?? 0) * MS } as const;
  return {
    text:
      limitMs === undefined ? `${STEP}.errors rate < 1%` : `${STEP}.response p(95) < ${limitMs}ms`,
    step: STEP,
    phases: ['steady'],
    clock: 'response',
    bad: limitMs === undefined ? { kind: 'failed', outcomes: ['status', 'timeout'] } : slow,
  };
}

/**
 * Returns a run of one step: callgauge calls front, front asks stock and pay, one after another. A
 * call comes every 10 ms. Without `keep` every call is stored.
 */
export function modelledRun(
  seed: number,
  calls: number,
  { trouble = {}, keep }: { readonly trouble?: Trouble; readonly keep?: Keep } = {},
): ModelledRun {
  const rng = rngFrom(seed, 'modelled-calls');
  const runId = (0x10000000n + BigInt(seed)).toString(16).padStart(16, 'a');
  const all = Array.from({ length: calls }, (_, seq) => modelledCall({ runId, seq, rng, trouble }));
  const answered = all.filter(({ outcome }) => outcome === 'ok');
  const tookNs = answered.map((call) => call.tookNs).toSorted((a, b) => a - b);
  const slowFrom = tookNs[Math.floor(tookNs.length * (1 - (keep?.slow ?? 0)))] ?? Infinity;
  const stored = all.filter(
    ({ outcome, tookNs: took }) =>
      keep === undefined || rng.nextFloat() < keep.head || outcome !== 'ok' || took > slowFrom,
  );
  const spans = stored.flatMap((call) => call.spans);
  const builder = new SpanTableBuilder();
  for (const span of spans) builder.add(span);
  return {
    runId,
    startedEpochNs: STARTED_NS,
    spans,
    table: builder.build(),
    counts: {
      timed: { valueNs: tookNs, count: tookNs.map(() => 1) },
      outcomes: { ok: answered.length, status: all.length - answered.length },
    },
    tookNs,
  };
}

interface CallParts {
  readonly runId: string;
  readonly seq: number;
  readonly rng: Rng;
  readonly trouble: Trouble;
}

function modelledCall({ runId, seq, rng, trouble }: CallParts) {
  const traceId = `${runId}${seq.toString(16).padStart(16, '0')}`;
  const spans: Span[] = [];
  const tenant = TENANTS[Math.floor(rng.nextFloat() * TENANTS.length)] ?? TENANTS[0];
  const provider = rng.nextFloat() < 0.3 ? 'b' : 'a';
  const isHit = (ratio = 0): boolean => rng.nextFloat() < ratio;
  const around = (ms: number): number => {
    const [u, v] = [1 - rng.nextFloat(), rng.nextFloat()];
    return ms * Math.exp(0.35 * Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v));
  };
  const work = (at: string, ms: number): number => {
    const { slow } = trouble;
    const isSlow = slow?.at === at && (slow.tenant === undefined || slow.tenant === tenant);
    return around(ms) + (isSlow ? around(slow.ms) : 0);
  };
  const add = (part: {
    readonly parent: string;
    readonly service: string;
    readonly name: string;
    readonly kind: SpanKind;
    readonly fromMs: number;
    readonly toMs: number;
    readonly attributes?: Span['attributes'];
    readonly failed?: boolean;
  }): string => {
    const spanId = (BigInt(seq) * 64n + BigInt(spans.length + 1)).toString(16).padStart(16, '0');
    spans.push({
      traceId,
      spanId,
      parentSpanId: part.parent,
      traceState: '',
      name: part.name,
      kind: part.kind,
      serviceName: part.service,
      startEpochNs: STARTED_NS + BigInt(Math.round(part.fromMs * MS)),
      durationNs: BigInt(Math.round((part.toMs - part.fromMs) * MS)),
      status: part.failed === true ? 'Error' : 'Unset',
      statusMessage: '',
      resourceAttributes: {},
      attributes: part.attributes ?? {},
      scopeName: '',
      scopeVersion: '',
      events: [],
      links: [],
    });
    return spanId;
  };
  // Ids of the spans above are known before their ends are: they are put in place at the end.
  const idOf = (index: number): string =>
    (BigInt(seq) * 64n + BigInt(index)).toString(16).padStart(16, '0');
  const waitMs = isHit(trouble.waiting?.ratio) ? (trouble.waiting?.ms ?? 0) : 0.02;
  const beginMs = seq * 10;
  let nowMs = beginMs + waitMs + 0.3;
  const { way, refused, failing } = trouble;
  const isTouched = isHit(way?.ratio);
  const touchedBy = isTouched ? { 'callgauge.fault': 'slow-way' } : undefined;
  const under: (() => void)[] = [];
  nowMs += work('front', 4);
  let hasFailed = false;
  for (const [callee, ms] of [
    ['stock', 3],
    ['pay', 8],
  ] as const) {
    const attempts = callee === 'pay' && isHit(refused?.ratio) ? (refused?.attempts ?? 1) : 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const [fromMs, toMs] = [nowMs, nowMs + 20];
      nowMs = toMs + 1;
      under.push(() =>
        add({
          parent: idOf(2),
          service: 'front',
          name: `POST /${callee}`,
          kind: 'Client',
          fromMs,
          toMs,
          attributes: { 'error.type': 'ECONNREFUSED' },
          failed: true,
        }),
      );
      hasFailed = true;
    }
    if (attempts > 0) break;
    const onWayMs = 0.5 + (way?.to === callee && isTouched ? around(way.ms) : 0);
    const fails = callee === 'pay' && failing?.provider === provider;
    const [fromMs, servedMs] = [nowMs, nowMs + onWayMs / 2];
    const doneMs = servedMs + (fails ? 1 : work(callee, ms));
    nowMs = doneMs + onWayMs / 2;
    const toMs = nowMs;
    under.push(() => {
      const status = fails ? { 'http.response.status_code': '503' } : {};
      const parent = add({
        parent: idOf(2),
        service: 'front',
        name: `POST /${callee}`,
        kind: 'Client',
        fromMs,
        toMs,
        attributes: { ...status, ...(way?.to === callee && touchedBy) },
        failed: fails,
      });
      add({
        parent,
        service: callee,
        name: `POST /${callee}`,
        kind: 'Server',
        fromMs: servedMs,
        toMs: doneMs,
        attributes: { ...status, ...(callee === 'pay' && { provider }) },
        failed: fails,
      });
    });
    hasFailed ||= fails;
    if (hasFailed) break;
  }
  nowMs += 0.3;
  const tookNs = Math.round((nowMs - beginMs) * MS);
  const outcome = hasFailed ? 'status' : 'ok';
  add({
    parent: '',
    service: 'callgauge',
    name: STEP,
    kind: 'Client',
    fromMs: beginMs + waitMs,
    toMs: nowMs,
    attributes: {
      'callgauge.step': STEP,
      'callgauge.phase': 'steady',
      'callgauge.outcome': outcome,
      'callgauge.lag_ns': '0',
      'callgauge.wait_ns': String(Math.round(waitMs * MS)),
      'callgauge.response_ns': String(tookNs),
      ...touchedBy,
    },
    failed: hasFailed,
  });
  add({
    parent: idOf(1),
    service: 'front',
    name: 'POST /buy',
    kind: 'Server',
    fromMs: beginMs + waitMs + 0.3,
    toMs: nowMs - 0.3,
    attributes: { tenant },
    failed: hasFailed,
  });
  for (const put of under) put();
  return { spans, outcome, tookNs };
}
