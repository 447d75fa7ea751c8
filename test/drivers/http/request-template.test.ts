import { describe, expect, it } from 'vitest';
import { requestTemplate } from '../../../src/drivers/http/request-template.ts';
import { targetAddress } from '../../../src/drivers/http/target-address.ts';
import type { RequestSpec, StepSpec } from '../../../src/scenario/index.ts';
import { parseTraceparent, RunIds, traceFields, writeIds } from '../../../src/trace/index.ts';

const address = targetAddress('orders', 'http://127.0.0.1:7101/shop/');

interface Http extends Partial<RequestSpec> {
  readonly method?: string;
}

function step({ method = 'GET', ...request }: Http = {}): StepSpec {
  return {
    name: 'create',
    target: 'orders',
    timeoutNs: 5,
    call: {
      protocol: 'http',
      method,
      request: { path: '/api', headers: [], body: '', ...request },
    },
    okStatuses: [
      { from: 200, to: 204 },
      { from: 304, to: 304 },
    ],
  };
}

const ids = new RunIds('0123456789abcdef');

const textOf = (http: Http): string =>
  requestTemplate(step(http), address, []).head.toString('latin1');

/** Returns the lines of a call's head between the first and the headers of all requests. */
function traceLines(http: Http, ...formats: Parameters<typeof traceFields>[0]): readonly string[] {
  const template = requestTemplate(step(http), address, traceFields(formats, ids));
  writeIds(template.idPlaces, ids, { seq: 7, spanSeq: 9 }, template.head, template.idsFrom);
  const lines = template.head.toString('latin1').split('\r\n');
  return lines.slice(1, lines.indexOf('host: 127.0.0.1:7101'));
}

describe('requestTemplate', () => {
  it('is a request with the path behind the target’s own', () => {
    expect(textOf({})).toBe(
      'GET /shop/api HTTP/1.1\r\nhost: 127.0.0.1:7101\r\nuser-agent: callgauge\r\naccept: */*\r\n\r\n',
    );
  });

  it('has room for the ids where it says, whatever the path holds', () => {
    const [line = ''] = traceLines({ path: '/ü?q=€ 1' }, 'w3c');
    const context = parseTraceparent(line.replace('traceparent: ', ''));
    expect(context).toEqual({ traceId: ids.traceId(7), spanId: ids.spanId(9), flags: 1 });
  });

  it('carries the trace context in every format that is wanted, none twice', () => {
    const headers = [
      ['B3', 'of the step'],
      ['X-B3-TraceId', 'of the step'],
    ] as const;
    const [traceId, spanId] = [ids.traceId(7), ids.spanId(9)];
    const decimal = (hex: string): string => String(BigInt(`0x${hex}`)).padStart(20);
    expect(traceLines({ headers }, 'b3', 'datadog', 'w3c')).toEqual([
      `b3: ${traceId}-${spanId}-1`,
      `x-datadog-trace-id: ${decimal(traceId.slice(16))}`,
      `x-datadog-parent-id: ${decimal(spanId)}`,
      'x-datadog-sampling-priority: 1',
      `x-datadog-tags: _dd.p.tid=${ids.runId}`,
      `traceparent: 00-${traceId}-${spanId}-01`,
    ]);
    const { head } = requestTemplate(step({ headers }), address, traceFields(['b3'], ids));
    expect(head.toString('latin1')).not.toContain('B3: of the step');
    expect(head.toString('latin1')).toContain('X-B3-TraceId: of the step');
  });

  it('carries no trace context where none is wanted', () => {
    expect(traceLines({})).toEqual([]);
    expect(requestTemplate(step(), address, []).idPlaces).toEqual([]);
  });

  it('takes the headers of the step, but not what frames the message', () => {
    const text = textOf({
      method: 'POST',
      headers: [
        ['Host', 'shop.example'],
        ['Accept', 'text/html'],
        ['X-Two', 'a'],
        ['X-Two', 'b'],
        ['Content-Length', '999'],
        ['Transfer-Encoding', 'chunked'],
        ['Connection', 'close'],
      ],
      body: 'grün',
    });
    expect(text.split('\r\n').slice(1, -2)).toEqual([
      'user-agent: callgauge',
      'Host: shop.example',
      'Accept: text/html',
      'X-Two: a',
      'X-Two: b',
      'content-length: 5',
    ]);
  });

  it('says that a POST without a body has none', () => {
    expect(textOf({ method: 'POST' })).toContain('\r\ncontent-length: 0\r\n');
    expect(textOf({ method: 'DELETE' })).not.toContain('content-length');
  });

  it('lets no value of a header begin a line of its own', () => {
    expect(textOf({ headers: [['x', 'a\r\ny: b']] })).toContain('\r\nx: a  y: b\r\n');
  });

  it('shares a large body and copies a small one', () => {
    expect(requestTemplate(step({ body: 'x'.repeat(100) }), address, []).largeBody).toBe(undefined);
    const large = requestTemplate(step({ body: 'x'.repeat(100_000) }), address, []);
    expect(large.largeBody).toHaveLength(100_000);
    expect(large.bytesTotal).toBe(large.head.length + 100_000);
  });

  it('knows which statuses are ok', () => {
    const { okStatuses } = requestTemplate(step(), address, []);
    const ok = [199, 200, 204, 205, 303, 304, 305, 999].filter((s) => okStatuses[s] === 1);
    expect(ok).toEqual([200, 204, 304]);
  });
});

describe('targetAddress', () => {
  it.each([
    [
      'http://orders',
      { host: 'orders', port: 80, tls: false, authority: 'orders', serverName: 'orders' },
    ],
    [
      'https://orders:8443/v1',
      { port: 8443, tls: true, authority: 'orders:8443', basePath: '/v1' },
    ],
    ['https://orders', { port: 443, authority: 'orders', basePath: '' }],
    ['http://[::1]:9', { host: '::1', port: 9, authority: '[::1]:9', serverName: '' }],
    ['http://127.0.0.1:1/', { host: '127.0.0.1', basePath: '', serverName: '' }],
  ])('reads %s', (url, wanted) => {
    expect(targetAddress('t', url)).toMatchObject(wanted);
  });

  it.each(['', 'orders:80', 'ftp://orders', '/path', 'http://'])('refuses %j, by name', (url) => {
    expect(() => targetAddress('orders', url)).toThrow(
      /target 'orders' must be http:\/\/host:port/u,
    );
  });
});
