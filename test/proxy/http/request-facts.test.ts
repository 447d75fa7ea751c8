import { expect, it } from 'vitest';
import { factsOf } from '../../../src/proxy/http/request-facts.ts';
import type { HeaderField } from '../../../src/toxics/index.ts';
import { PROPAGATION_FORMATS, RunIds } from '../../../src/trace/index.ts';
import { sentHeaders } from '../../trace/sent-headers.ts';

const ids = new RunIds('691fab800000beef');

function traceId(fields: readonly HeaderField[]): string | undefined {
  return factsOf({ method: 'GET', target: '/', fields }).traceId;
}

it.each(PROPAGATION_FORMATS)('a request has the trace id that it carries as %s', (format) => {
  const sent = Object.entries(sentHeaders([format], ids, 7, 8));
  const upperCase = sent.map(([name, value]): HeaderField => [name.toUpperCase(), value]);
  expect(traceId([['host', 'x'], ...sent])).toBe(ids.traceId(7));
  expect(traceId(upperCase)).toBe(ids.traceId(7));
});

it('a request without trace context has none, nor one with two', () => {
  expect(traceId([['host', 'x']])).toBeUndefined();
  const one = `${ids.traceId(1)}-${ids.spanId(1)}-1`;
  expect(
    traceId([
      ['b3', one],
      ['b3', one],
    ]),
  ).toBeUndefined();
});
