import { invariant, type Span } from '../core/index.ts';
import type { StoreConnection } from './connection.ts';
import { queryText } from './sql-files.ts';

/** Ids of traces in one query: ClickHouse reads no longer one than 256 KiB by default. */
const TRACES_PER_QUERY = 5_000;
const TRACE_ID = /^[0-9a-f]{32}$/u;

/**
 * Returns the spans that the store does not have, each once. Two are the same that agree in id,
 * kind, service and start, as where a trace is read.
 */
export async function spansNotStored(
  connection: StoreConnection,
  spans: readonly Span[],
): Promise<readonly Span[]> {
  const byIdentity = new Map(spans.map((span) => [identityOf(span), span]));
  const ids = [...new Set(spans.map(({ traceId }) => traceId))];
  invariant(
    ids.every((id) => TRACE_ID.test(id)),
    'trace ids are 32 hex digits',
  );
  const starts = spans.map(({ startEpochNs }) => startEpochNs);
  const [first] = starts;
  if (first === undefined) return [];
  const bounds = {
    fromNs: String(starts.reduce((a, b) => (b < a ? b : a), first)),
    toNs: String(starts.reduce((a, b) => (b > a ? b : a), first)),
  };
  for (let at = 0; at < ids.length; at += TRACES_PER_QUERY) {
    const listed = ids.slice(at, at + TRACES_PER_QUERY).map((id) => `'${id}'`);
    const sql = queryText('known_spans').replace('IN ({traceIds})', `IN (${listed.join(',')})`);
    type IdentityRow = { readonly Identity: string };
    for (const row of await connection.select<IdentityRow>(sql, bounds)) {
      byIdentity.delete(row.Identity);
    }
  }
  return [...byIdentity.values()];
}

function identityOf({ traceId, spanId, kind, startEpochNs, serviceName }: Span): string {
  return `${traceId} ${spanId} ${kind.toLowerCase()} ${startEpochNs} ${serviceName}`;
}
