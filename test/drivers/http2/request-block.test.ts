import { describe, expect, it } from 'vitest';
import { targetAddress } from '../../../src/drivers/http/index.ts';
import { BlockCursor } from '../../../src/drivers/http2/block-cursor.ts';
import { decodeBlock } from '../../../src/drivers/http2/hpack-decoder.ts';
import { stepRequest } from '../../../src/drivers/http2/request-block.ts';
import type { RequestSpec, StepSpec } from '../../../src/scenario/index.ts';
import { PROPAGATION_FORMATS, RunIds, traceFields } from '../../../src/trace/index.ts';

const address = targetAddress('t', 'https://example.com:8443/base');

interface Http extends Partial<RequestSpec> {
  readonly method?: string;
}

function step({ method = 'GET', ...request }: Http = {}): StepSpec {
  return {
    name: 's',
    target: 't',
    timeoutNs: 1,
    call: {
      protocol: 'http',
      method,
      request: { path: '/p', headers: [], body: '', ...request },
    },
    okStatuses: [{ from: 200, to: 299 }],
  };
}

const ids = new RunIds('0123456789abcdef');

function fieldsOf(block: Buffer): Record<string, string> {
  return Object.fromEntries(decodeBlock(new BlockCursor(), block, 0, block.length) ?? []);
}

describe('stepRequest', () => {
  it('writes the pseudo fields, what everybody sends, and what the step names', () => {
    const headers = [
      ['Accept', 'text/plain'],
      ['Connection', 'close'],
      ['Host', 'other.example'],
      ['X-Two', 'a\r\nb'],
    ] as const;
    const { fixed } = stepRequest(step({ method: 'POST', headers, body: 'é' }), address, []);
    expect(fieldsOf(fixed.block.withIds(ids, { seq: 0, spanSeq: 0 }))).toEqual({
      ':method': 'POST',
      ':scheme': 'https',
      ':authority': 'other.example',
      ':path': '/base/p',
      'user-agent': 'callgauge',
      accept: 'text/plain',
      'x-two': 'a  b',
      'content-length': '2',
    });
    expect(fixed.body?.toString()).toBe('é');
  });

  it('leaves room for the ids of each call, in what is filled in too', () => {
    const request = stepRequest(step(), address, traceFields(['w3c'], ids));
    const filledIn = request.filledIn({ path: '/x?id=7', headers: [['x-id', '7']], body: '' });
    for (const built of [request.fixed, filledIn]) {
      const fields = fieldsOf(built.block.withIds(ids, { seq: 5, spanSeq: 6 }));
      expect(fields['traceparent']).toBe(`00-${ids.traceId(5)}-${ids.spanId(6)}-01`);
    }
    const fields = fieldsOf(filledIn.block.withIds(ids, { seq: 5, spanSeq: 6 }));
    expect(fields).toMatchObject({ ':path': '/base/x?id=7', 'x-id': '7' });
  });

  it('holds numbers of any length without a blank, from call to call', () => {
    const headers = [['B3', 'of the step']] as const;
    const { fixed } = stepRequest(
      step({ headers }),
      address,
      traceFields(PROPAGATION_FORMATS, ids),
    );
    const lengths = new Set<number>();
    for (let seq = 0; seq < 500; seq++) {
      const [traceId, spanId] = [ids.traceId(seq), ids.spanId(seq + 1)];
      const fields = fieldsOf(fixed.block.withIds(ids, { seq, spanSeq: seq + 1 }));
      expect(fields).toMatchObject({
        ':path': '/base/p',
        traceparent: `00-${traceId}-${spanId}-01`,
        b3: `${traceId}-${spanId}-1`,
        'x-datadog-trace-id': String(BigInt(`0x${traceId.slice(16)}`)),
        'x-datadog-parent-id': String(BigInt(`0x${spanId}`)),
        'x-datadog-tags': `_dd.p.tid=${ids.runId}`,
      });
      lengths.add(fields['x-datadog-trace-id']?.length ?? 0);
    }
    expect(lengths).toContain(20);
    expect(lengths).toContain(19);
    expect(lengths).toContain(18);
  });
});
