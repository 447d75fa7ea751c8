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

/** A call that fails deep below: orders tries payment twice, whose bank does not answer. */
export function failedTrace(): readonly Span[] {
  const failed = { status: 'Error' } as const;
  const thrown = {
    epochNs: epochNsFromMs(runRecord().startedEpochMs + 17_061.5),
    name: 'exception',
    attributes: {
      'exception.type': 'java.net.SocketTimeoutException',
      'exception.message': 'Read timed out after 40 ms: bank.example:443',
      'exception.stacktrace':
        'java.net.SocketTimeoutException: Read timed out\n\tat shop.payment.Bank.charge(Bank.java:87)\n\tat shop.Main.main(Main.java:3)',
    },
  };
  return [
    made('a1', '', 'callgauge', 'create-order', [0, 96], {
      ...failed,
      statusMessage: 'status 502',
      attributes: {
        'callgauge.outcome': 'status',
        'callgauge.fault': 'bank-stall',
        'callgauge.fault.active': 'bank-stall,stock-pause',
      },
    }),
    made('b1', 'a1', 'orders', 'POST /api/customers/{customer}/orders', [1, 94], {
      ...failed,
      kind: 'Server',
      attributes: { 'http.response.status_code': '502' },
      events: [
        {
          epochNs: epochNsFromMs(runRecord().startedEpochMs + 17_040),
          name: 'retry.scheduled',
          attributes: { attempt: '2', 'delay.ms': '4' },
        },
      ],
      links: [
        {
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          traceState: '',
          attributes: { 'messaging.operation': 'receive' },
        },
      ],
    }),
    made('c1', 'b1', 'orders', 'POST /api/charges', [2, 30], {
      ...failed,
      statusMessage: 'attempt timed out after 30 ms',
    }),
    made('d1', 'b1', 'orders', 'POST /api/charges', [44, 48], { ...failed }),
    made('d2', 'd1', 'payment-service-of-the-northern-region', 'POST /api/charges', [45, 46.4], {
      ...failed,
      kind: 'Server',
    }),
    made(
      'd3',
      'd2',
      'payment-service-of-the-northern-region',
      'POST /v2/authorisations/{id}',
      [46, 44],
      {
        ...failed,
        events: [thrown],
      },
    ),
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
