import { rngFrom, type Rng } from '../../src/core/index.ts';
import { SpanTableBuilder, type SpanRow, type SpanTable } from '../../src/spans/index.ts';

/** What is wrong with the shop; nothing where left out. Times in ms. */
export interface ShopTrouble {
  /** Own work of a service, added to each request; only in this zone, where one is given. */
  readonly slow?: { readonly service: string; readonly ms: number; readonly zone?: string };
  /** Added to each call to a service, and not seen by it. */
  readonly networkTo?: { readonly service: string; readonly ms: number };
  /** Added to each call that a service makes, and to those to it. */
  readonly networkAround?: { readonly service: string; readonly ms: number };
  /** Requests that fail in a service; their callers pass the failure on. */
  readonly failing?: { readonly service: string; readonly ratio: number };
  /** The same, and the caller tries so often in all. */
  readonly attempts?: number;
  /** How often the front calls the catalog; 2 where all is well. */
  readonly catalogCalls?: number;
  /** A service that makes none of its calls any more. */
  readonly stopped?: string;
}

interface CallsOf {
  readonly operation: string;
  readonly workMs: number;
  readonly calls: readonly string[];
}

const ZONES = ['eu-1', 'eu-2', 'us-1', 'us-2'] as const;
const TRACE_GAP_NS = 10_000_000_000n;

/**
 * Returns the traces of a shop: the front calls the cart, the catalog (which asks for prices) and,
 * for every third request, the payment. Work and network have times of their own, by the seed.
 */
export function shopRows(seed: number, traceCount: number, trouble: ShopTrouble = {}): SpanRow[] {
  const rng = rngFrom(seed, 'modelled-shop');
  return Array.from({ length: traceCount }, (_, i) => traceRows(i, rng, trouble)).flat();
}

/** Returns the columns of rows, in whatever order they come. */
export function tableOf(rows: readonly SpanRow[]): SpanTable {
  const builder = new SpanTableBuilder();
  for (const row of rows) builder.add(row);
  return builder.build();
}

export function shop(seed: number, traceCount: number, trouble: ShopTrouble = {}): SpanTable {
  return tableOf(shopRows(seed, traceCount, trouble));
}

function traceRows(number: number, rng: Rng, trouble: ShopTrouble): SpanRow[] {
  const rows: SpanRow[] = [];
  const traceId = ((BigInt(number) * 0x9e3779b97f4a7c15n) % 2n ** 64n)
    .toString(16)
    .padStart(32, '0');
  const zone = ZONES[Math.floor(rng.nextFloat() * ZONES.length)] ?? ZONES[0];
  const pays = rng.nextFloat() < 1 / 3;
  const catalog = Array.from({ length: trouble.catalogCalls ?? 2 }, () => 'catalog');
  const services: Record<string, CallsOf> = {
    front: {
      operation: 'GET /',
      workMs: 2,
      calls: ['cart', ...catalog, ...(pays ? ['payment'] : [])],
    },
    cart: { operation: 'Cart/Get', workMs: 1, calls: [] },
    catalog: { operation: 'Catalog/List', workMs: 3, calls: ['prices'] },
    prices: { operation: 'Prices/Get', workMs: 1, calls: [] },
    payment: { operation: 'Payment/Charge', workMs: 5, calls: [] },
  };
  const spread = (ms: number): number => ms * (0.5 - Math.log(1 - rng.nextFloat()) / 2);
  const row = (part: Partial<SpanRow> & { startMs: number; endMs: number }): string => {
    const spanId = (BigInt(rows.length + 1) + BigInt(number) * 4096n)
      .toString(16)
      .padStart(16, '0');
    const { startMs, endMs, ...rest } = part;
    rows.push({
      traceId,
      parentSpanId: '',
      serviceName: '',
      name: '',
      kind: 'Internal',
      status: 'Unset',
      attributes: { 'cloud.zone': zone, 'request.id': `${number}` },
      resourceAttributes: {},
      ...rest,
      spanId,
      startEpochNs: 1_700_000_000_000_000_000n + BigInt(number) * TRACE_GAP_NS + ns(startMs),
      durationNs: ns(endMs - startMs),
    });
    return spanId;
  };

  /** Returns when the server ends, and whether it failed; the row is placed before its children. */
  function serve(service: string, parentSpanId: string, startMs: number) {
    const {
      operation: name,
      workMs,
      calls,
    } = services[service] ?? { operation: '', workMs: 0, calls: [] };
    const place = rows.length;
    const own = { parentSpanId, serviceName: service, name, kind: 'Server' as const };
    const spanId = row({ ...own, startMs, endMs: startMs });
    let nowMs = startMs + spread(workMs);
    const { slow, failing } = trouble;
    if (slow?.service === service && (slow.zone ?? zone) === zone) nowMs += spread(slow.ms);
    let hasFailed = failing?.service === service && rng.nextFloat() < failing.ratio;
    for (const callee of trouble.stopped === service ? [] : calls) {
      if (hasFailed) break;
      for (let attempt = 1; attempt <= (trouble.attempts ?? 1); attempt++) {
        const answer = call(service, callee, spanId, nowMs);
        nowMs = answer.endMs + 0.1;
        hasFailed = answer.hasFailed;
        if (!hasFailed) break;
      }
    }
    const done = rows[place];
    if (done !== undefined) {
      rows[place] = {
        ...done,
        durationNs: ns(nowMs - startMs),
        status: hasFailed ? 'Error' : 'Unset',
      };
    }
    return { endMs: nowMs, hasFailed };
  }

  function call(caller: string, callee: string, parentSpanId: string, startMs: number) {
    const place = rows.length;
    const name = services[callee]?.operation ?? '';
    const own = { parentSpanId, serviceName: caller, name, kind: 'Client' as const };
    const spanId = row({ ...own, startMs, endMs: startMs });
    const { networkTo, networkAround } = trouble;
    let wayMs = spread(0.4);
    if (networkTo?.service === callee) wayMs += networkTo.ms;
    if (networkAround?.service === callee || networkAround?.service === caller)
      wayMs += networkAround.ms;
    const served = serve(callee, spanId, startMs + wayMs / 2);
    const endMs = served.endMs + wayMs / 2;
    const done = rows[place];
    if (done !== undefined) {
      rows[place] = {
        ...done,
        durationNs: ns(endMs - startMs),
        status: served.hasFailed ? 'Error' : 'Unset',
      };
    }
    return { endMs, hasFailed: served.hasFailed };
  }

  serve('front', '', 0);
  return rows;
}

function ns(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000_000));
}
