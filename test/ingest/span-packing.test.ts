import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { decodeJson } from '../../src/ingest/otlp-json.ts';
import { packSpans, unpackSpans } from '../../src/ingest/span-packing.ts';
import { attribute, request } from './one-span-request.ts';
import { jsonBody } from './otlp-messages.ts';
import { requests } from './otlp-request.ts';

it('gives every span back as it was', () => {
  fc.assert(
    fc.property(requests, (any) => {
      const { spans } = decodeJson(jsonBody(any), { maxItems: 10_000 });
      const { packed, memory } = packSpans(spans);
      const received = structuredClone(packed, { transfer: [...memory] });
      expect([...unpackSpans(received)]).toEqual(spans);
    }),
  );
});

it('keeps attributes of any name, and one resource for its spans', () => {
  const attributes = ['__proto__', 'constructor', '', '1', '\u0000'].map((key) =>
    attribute(key, { stringValue: `of ${key}` }),
  );
  const body = request({ attributes });
  const { spans } = decodeJson(jsonBody(body), { maxItems: 100 });
  const [one, other] = unpackSpans(packSpans([...spans, ...spans]).packed);
  const textsOf = (given: object = {}): unknown => new Map(Object.entries(given));
  expect(textsOf(one?.attributes)).toEqual(textsOf(spans[0]?.attributes));
  expect(Object.keys(one?.attributes ?? {})).toHaveLength(5);
  expect(one?.resourceAttributes).toBe(other?.resourceAttributes);
});
