import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STREAMS_MAX } from '../../src/ingest/grpc-exports.ts';
import { READS_MAX } from '../../src/ingest/request-body.ts';
import { DEFAULT_LIMITS } from '../../src/ingest/index.ts';
import {
  DEPTH_MAX,
  NAMES_MAX,
  NUMBER_CHARACTERS_MAX,
  VALUES_PER_ITEM,
} from '../../src/ingest/json-scan.ts';
import { MAX_VALUE_DEPTH } from '../../src/ingest/otlp-value.ts';
import { REFUSAL_STATUSES } from '../../src/ingest/refusal.ts';
import { SHARED_CHARACTERS_MAX } from '../../src/ingest/shared-weight.ts';

const page = readFileSync(
  new URL('../../docs/reference/otlp-receiver.md', import.meta.url),
  'utf8',
);

describe('docs/reference/otlp-receiver.md', () => {
  it('lists the statuses with which a request is refused, and no other', () => {
    const listed = [...page.matchAll(/^\| (\d{3}) /gmu)].map(([, status]) => Number(status));
    expect([...new Set(listed)].toSorted((a, b) => a - b)).toEqual([200, ...REFUSAL_STATUSES]);
  });

  it('has the limits as they are', () => {
    expect(rowOf('protobuf body')).toContain(mib(DEFAULT_LIMITS.maxBodyBytes));
    expect(rowOf('JSON body')).toContain(mib(DEFAULT_LIMITS.maxJsonBytes));
    expect(rowOf('message of gRPC')).toContain(mib(DEFAULT_LIMITS.maxGrpcBytes));
    expect(rowOf('exports under way')).toContain(String(STREAMS_MAX));
    expect(rowOf('spans, events')).toContain(String(DEFAULT_LIMITS.maxItems));
    expect(rowOf('characters (in protobuf bytes)')).toContain(String(SHARED_CHARACTERS_MAX));
    expect(rowOf('JSON values')).toContain(String(VALUES_PER_ITEM * DEFAULT_LIMITS.maxItems));
    expect(rowOf('different names')).toContain(String(NAMES_MAX));
    expect(rowOf('characters of a number')).toContain(String(NUMBER_CHARACTERS_MAX));
    expect(rowOf('levels of JSON')).toContain(String(DEPTH_MAX));
    expect(rowOf('reads of a body')).toContain(String(READS_MAX));
    expect(rowOf('bytes of all bodies')).toContain(mib(DEFAULT_LIMITS.maxInFlightBytes));
    expect(rowOf('lists and maps')).toContain(`${MAX_VALUE_DEPTH} levels`);
  });
});

function mib(bytes: number): string {
  return `${bytes / 2 ** 20} MiB`;
}

function rowOf(start: string): string | undefined {
  return page.split('\n').find((line) => line.startsWith(`| ${start}`));
}
