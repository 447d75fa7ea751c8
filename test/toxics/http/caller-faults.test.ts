import { describe, expect, it } from 'vitest';

import { callerPlan, type RequestFacts } from '../../../src/toxics/index.ts';

function asking(headers: Readonly<Record<string, string>>, draw = 0.5) {
  const facts: RequestFacts = {
    method: 'GET',
    path: '/',
    header: (name) => headers[name],
    traceId: undefined,
    spanId: undefined,
    baggage: () => undefined,
  };
  return callerPlan(facts, () => draw);
}

const ABORT = 'x-envoy-fault-abort-request';
const GRPC = 'x-envoy-fault-abort-grpc-request';
const DELAY = 'x-envoy-fault-delay-request';
const THROUGHPUT = 'x-envoy-fault-throughput-response';

describe('faults that callers ask for', () => {
  it('are those of Envoy by its names and units', () => {
    expect(asking({ [ABORT]: '503', [DELAY]: '250', [THROUGHPUT]: '2' })).toMatchObject({
      abort: { kind: 'answer', status: 503 },
      delayNs: 250_000_000,
      bodyRates: [{ bytesPerSec: 2_048 }],
    });
    expect(asking({ [GRPC]: '14' })).toMatchObject({ abort: { kind: 'grpc', status: 14 } });
    expect(asking({ [GRPC]: '14', [ABORT]: '500' })).toMatchObject({ abort: { status: 500 } });
  });

  it.each([
    [ABORT, '199'],
    [ABORT, '600'],
    [ABORT, ' 5e2'],
    [GRPC, '17'],
    [DELAY, '-1'],
    [DELAY, '1.5'],
    [THROUGHPUT, '0'],
    [THROUGHPUT, 'fast'],
  ])('%s: %s is passed over', (name, value) => {
    expect(asking({ [name]: value })).toEqual({});
  });

  it('work on the share that is asked for', () => {
    const headers = { [DELAY]: '1', [`${DELAY}-percentage`]: '30' };
    expect(asking(headers, 0.29)).toEqual({ delayNs: 1_000_000 });
    expect(asking(headers, 0.3)).toEqual({});
    expect(asking({ [GRPC]: '1', [`${ABORT}-percentage`]: '0' }, 0)).toEqual({});
  });
});
