import { epochNsFromMs, type Span } from '../../src/core/index.ts';
import { runRecord } from '../analyze/memory-source.ts';
import { span } from './sample-runs.ts';

/** A call of the shop: orders asks inventory, then payment, which fails on its first attempt. */
export function shopTrace(): readonly Span[] {
  return [
    made('a1', '', 'callgauge', 'create-order', [0, 96], {
      attributes: { 'callgauge.outcome': 'ok', 'callgauge.fault': 'payment-stall' },
    }),
    made('b1', 'a1', 'orders', 'POST /api/orders', [1, 94], { kind: 'Server' }),
    made('c1', 'b1', 'orders', 'GET /api/stock', [2, 9]),
    made('c2', 'c1', 'inventory', 'GET /api/stock', [3.2, 6.5], { kind: 'Server' }),
    made('d1', 'b1', 'orders', 'POST /api/charges', [12, 30], {
      status: 'Error',
      statusMessage: 'attempt timed out after 30 ms',
    }),
    made('d2', 'd1', 'payment', 'POST /api/charges', [13, 70], { kind: 'Server' }),
    made('e1', 'b1', 'orders', 'POST /api/charges', [44, 48]),
    made('e2', 'e1', 'payment', 'POST /api/charges', [45, 46.4], { kind: 'Server' }),
    made('f2', 'ff', 'shipping', 'process order-created', [97, 4], { kind: 'Consumer' }),
  ];
}

function made(
  id: string,
  parent: string,
  serviceName: string,
  name: string,
  [fromMs, tookMs]: readonly [number, number],
  changes: Partial<Span> = {},
): Span {
  return span({
    spanId: id.padStart(16, '0'),
    parentSpanId: parent === '' ? '' : parent.padStart(16, '0'),
    serviceName,
    name,
    startEpochNs: epochNsFromMs(runRecord().startedEpochMs + 17_000 + fromMs),
    durationNs: BigInt(Math.round(tookMs * 1e6)),
    ...changes,
  });
}
