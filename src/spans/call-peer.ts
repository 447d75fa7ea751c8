import { roleOf } from './call-role.ts';
import { childrenOf, type SpanForest } from './span-forest.ts';
import { firstAttribute } from './table-attributes.ts';

/** Whom a call went to. */
export interface CallPeer {
  /** A service; what the caller says of it where no span of it is stored; '' for neither. */
  readonly name: string;
  /** The span that the called service made for the call; undefined where none is stored. */
  readonly served: number | undefined;
}

/** The attributes of a span that say whom it calls, by how much they say; the older names too. */
export const PEER_KEYS = [
  'service.peer.name',
  'peer.service',
  'db.namespace',
  'messaging.destination.name',
  'server.address',
  'net.peer.name',
  'network.peer.address',
  'net.peer.ip',
  'db.system.name',
  'db.system',
  'messaging.system',
] as const;

/**
 * Returns whom the call of a span went to: the service of its SERVER child (for a message, of its
 * CONSUMER), the one that took longest of several; else what its attributes say.
 */
export function peerOf(forest: SpanForest, span: number): CallPeer {
  const { names, services } = forest.table;
  const served = servedBy(forest, span);
  if (served !== undefined) return { name: names[services[served] ?? 0] ?? '', served };
  return { name: firstAttribute(forest.attribute, span, PEER_KEYS) ?? '', served };
}

/** Returns the child that served a call, or took a message; the longest of several. */
export function servedBy(forest: SpanForest, span: number): number | undefined {
  const { durationsNs } = forest.table;
  let longest: number | undefined;
  for (const child of childrenOf(forest, span)) {
    const role = roleOf(forest, child);
    if (role !== 'server' && role !== 'consumer') continue;
    const isLonger =
      longest === undefined || (durationsNs[child] ?? 0) > (durationsNs[longest] ?? 0);
    if (isLonger) longest = child;
  }
  return longest;
}
