import { SPAN_KINDS } from '../core/index.ts';
import type { SpanForest } from './span-forest.ts';
import { firstAttribute } from './table-attributes.ts';

/** Whom a call went to. */
export interface CallPeer {
  /** A service; what the caller says of it where no span of it is stored; '' for neither. */
  readonly name: string;
  /** The span that the called service made for the call; undefined where none is stored. */
  readonly served: number | undefined;
}

/** By how much they say; the older names too. */
const PEER_KEYS = [
  'service.peer.name',
  'peer.service',
  'db.namespace',
  'messaging.destination.name',
  'server.address',
  'net.peer.name',
  'network.peer.address',
  'net.peer.ip',
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

/** Returns the child that served a call; the longest of several. */
export function servedBy(forest: SpanForest, span: number): number | undefined {
  const { firstChild, nextSibling, table } = forest;
  let longest: number | undefined;
  for (let i = firstChild[span] ?? -1; i >= 0; i = nextSibling[i] ?? -1) {
    if (table.kinds[i] !== SERVER && table.kinds[i] !== CONSUMER) continue;
    if (longest === undefined || (table.durationsNs[i] ?? 0) > (table.durationsNs[longest] ?? 0)) {
      longest = i;
    }
  }
  return longest;
}

const SERVER = SPAN_KINDS.indexOf('Server');
const CONSUMER = SPAN_KINDS.indexOf('Consumer');
