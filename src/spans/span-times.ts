import { servedBy } from './call-peer.ts';
import { roleOf } from './call-role.ts';
import { blockingChildren } from './critical-path.ts';
import type { SpanForest } from './span-forest.ts';

/**
 * Returns for how many ns of a span none of its children ran: its duration less the union of its
 * children's times, each cut to its own. What takes a message is not counted among the children:
 * nobody waits for it.
 *
 *   span     ├████──────────██──███┤     █ is self time
 *   children      ├────┤
 *                    ├────┤    ├┤
 */
export function selfTimeNs(forest: SpanForest, span: number): number {
  const fromNs = forest.startsNs[span] ?? 0;
  const toNs = fromNs + (forest.table.durationsNs[span] ?? 0);
  const children = blockingChildren(forest, span, { fromNs, toNs });
  let selfNs = 0;
  let atNs = fromNs;
  for (const child of children.toSorted((a, b) => a.fromNs - b.fromNs)) {
    if (child.toNs <= atNs) continue;
    selfNs += Math.max(0, child.fromNs - atNs);
    atNs = child.toNs;
  }
  return selfNs + toNs - atNs;
}

/**
 * Returns how much longer a CLIENT span took than the SERVER span below it, in ns: the way there
 * and back, with what queues before the server's own clock runs. Clocks that differ do not change
 * it. Undefined for another kind, where no server's span is stored, and where the server took
 * longer, as one does whose caller gave up.
 */
export function networkTimeNs(forest: SpanForest, span: number): number | undefined {
  const { durationsNs } = forest.table;
  if (roleOf(forest, span) !== 'client') return undefined;
  const served = servedBy(forest, span);
  if (served === undefined || roleOf(forest, served) !== 'server') return undefined;
  const networkNs = (durationsNs[span] ?? 0) - (durationsNs[served] ?? 0);
  return networkNs < 0 ? undefined : networkNs;
}
