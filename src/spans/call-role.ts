import { SPAN_KINDS } from '../core/index.ts';
import { childrenOf, type SpanForest } from './span-forest.ts';

/** Which side of a call or of a message a span is; `inner` for neither. */
export type CallRole = 'client' | 'server' | 'producer' | 'consumer' | 'inner';

const ROLES: readonly (CallRole | undefined)[] = SPAN_KINDS.map((kind) => {
  if (kind === 'Unspecified') return undefined;
  return kind === 'Internal' ? 'inner' : (kind.toLowerCase() as CallRole);
});

/**
 * Returns the role of a span by its kind. Where a tracer records none: the first span of a service
 * is a server's, and one below a span of its own service of which every child is another
 * service's is a client's.
 */
export function roleOf(forest: SpanForest, span: number): CallRole {
  const { kinds, parents, services } = forest.table;
  const role = ROLES[kinds[span] ?? 0];
  if (role !== undefined) return role;
  const parent = parents[span] ?? -1;
  if (parent < 0 || services[parent] !== services[span]) return 'server';
  let isCalling = false;
  for (const child of childrenOf(forest, span)) {
    if (services[child] === services[span]) return 'inner';
    isCalling = true;
  }
  return isCalling ? 'client' : 'inner';
}
