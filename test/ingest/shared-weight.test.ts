import { describe, expect, it } from 'vitest';

import type { Span } from '../../src/core/index.ts';
import { acceptSpansOf, DEFAULT_LIMITS } from '../../src/ingest/index.ts';
import { decodeBody } from '../../src/ingest/decode-body.ts';
import { SHARED_CHARACTERS_MAX } from '../../src/ingest/shared-weight.ts';
import { takenOf } from '../../src/ingest/trace-decoder.ts';
import { spansOf } from '../../src/native/index.ts';
import { attribute } from './one-span-request.ts';
import { jsonBody, protobufBody, type JsonRequest } from './otlp-messages.ts';
import { JSON_TYPE, PROTOBUF, post, span, start } from './receiver-request.ts';

const SPANS = 64;
/** With this many characters each, the spans come to the bound. */
const MOST = SHARED_CHARACTERS_MAX / SPANS;

/** Spans of one service, whose name is long, in groups whose scopes have long names. */
function shared(serviceCharacters: number, scopeCharacters = 0, spans = SPANS): JsonRequest {
  const name = attribute('service.name', { stringValue: 's'.repeat(serviceCharacters) });
  const scope = { name: 'c'.repeat(scopeCharacters) };
  const group = Array.from({ length: spans }, (_, i) => span(i + 1));
  const scopeSpans = [{ scope, spans: group }];
  return { resourceSpans: [{ resource: { attributes: [name] }, scopeSpans }] };
}

describe.each([
  [JSON_TYPE, jsonBody],
  [PROTOBUF, protobufBody],
] as const)('texts that spans of %s share', (type, encode) => {
  const decoded = (request: JsonRequest): ReturnType<typeof takenOf> => {
    const blocks = [Uint8Array.from(encode(request))];
    const { maxItems } = DEFAULT_LIMITS;
    return takenOf(decodeBody({ id: 0, type, blocks, maxItems }, () => undefined).decoded);
  };

  it('lie in the row of each', () => {
    const { block } = decoded(shared(100_000, 50_000));
    const names = [...spansOf(block)].map((read) => [
      read.serviceName.length,
      read.scopeName.length,
    ]);
    expect(names).toEqual(Array.from({ length: SPANS }, () => [100_000, 50_000]));
  });

  it.each([
    ['a service', MOST, 0],
    ['a scope', 0, MOST],
  ])('are refused where %s has too much for so many spans', (_, service, scope) => {
    expect(() => decoded(shared(service, scope))).toThrow(
      expect.objectContaining({ status: 413, reason: 'items' }) as Error,
    );
    expect(decoded(shared(service, scope, SPANS / 4)).block.rows).toBe(SPANS / 4);
  });
});

it('reach what takes objects in parts, in their order', async () => {
  const parts: Span[][] = [];
  const { receiver } = await start({
    accept: (block) => acceptSpansOf(block, async (spans) => void parts.push([...spans])),
  });
  const answer = await post(receiver, jsonBody(shared(2 ** 19)));
  expect(answer.status).toBe(200);
  expect(parts.length).toBeGreaterThan(4);
  const names = Array.from({ length: SPANS }, (_, i) => `span ${i + 1}`);
  expect(parts.flat().map(({ name }) => name)).toEqual(names);
});
