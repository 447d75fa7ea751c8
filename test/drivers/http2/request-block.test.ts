import { describe, expect, it } from 'vitest';
import { targetAddress } from '../../../src/drivers/http/index.ts';
import { BlockCursor } from '../../../src/drivers/http2/block-cursor.ts';
import { decodeBlock } from '../../../src/drivers/http2/hpack-decoder.ts';
import { stepRequest } from '../../../src/drivers/http2/request-block.ts';
import type { RequestSpec, StepSpec } from '../../../src/scenario/index.ts';
import { RunIds } from '../../../src/trace/index.ts';

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
    const { fixed } = stepRequest(step({ method: 'POST', headers, body: 'é' }), address, false);
    expect(fieldsOf(fixed.block)).toEqual({
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
    const ids = new RunIds('0123456789abcdef');
    const request = stepRequest(step(), address, true);
    const filledIn = request.filledIn({ path: '/x?id=7', headers: [['x-id', '7']], body: '' });
    for (const built of [request.fixed, filledIn]) {
      ids.writeTraceId(5, built.block, built.traceIdOffset);
      ids.writeSpanId(6, built.block, built.spanIdOffset);
      expect(fieldsOf(built.block)['traceparent']).toBe(`00-${ids.traceId(5)}-${ids.spanId(6)}-01`);
    }
    expect(fieldsOf(filledIn.block)).toMatchObject({ ':path': '/base/x?id=7', 'x-id': '7' });
  });
});
