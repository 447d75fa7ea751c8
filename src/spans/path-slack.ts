import { blockingChildren, followsIn, type PathSegment } from './critical-path.ts';
import type { SpanForest } from './span-forest.ts';

/** What a span does to the duration of its trace's main root. */
export interface PathRoom {
  /**
   * On the critical path, in ns: by so much the root ends earlier if the span takes no time, until
   * what ran beside it, or beside what waits for it, is waited for instead. 0 off the path.
   */
  readonly dragNs: number;
  /** Off the path, in ns: so much longer it may take before the root waits for it. 0 on it. */
  readonly slackNs: number;
  readonly isOnPath: boolean;
}

/**
 * Returns drag and slack of the spans below a root, by span. Spans that nobody waits for have none:
 * messages that are taken, children that begin when their parent is done, and all below those.
 *
 *   root      ├────────────────────┤
 *   a on path   ├──────────────┤      drag: up to the end of b, 6
 *   b off it    ├────────┤            slack: up to the end of a, 6
 */
export function pathRoomOf(forest: SpanForest, root: number): ReadonlyMap<number, PathRoom> {
  const fromNs = forest.startsNs[root] ?? 0;
  const durationNs = forest.table.durationsNs[root] ?? 0;
  const found = new Map<number, PathRoom>([
    [root, { dragNs: durationNs, slackNs: 0, isOnPath: true }],
  ]);
  const open: PathSegment[] = [{ span: root, fromNs, toNs: fromNs + durationNs }];
  for (let above = open.pop(); above !== undefined; above = open.pop()) {
    const room = found.get(above.span);
    if (room === undefined) continue;
    const children = blockingChildren(forest, above.span, above);
    let waitedFor: PathSegment | undefined;
    for (const [i, child] of children.entries()) {
      open.push(child);
      const untilNs = waitedFor?.fromNs ?? above.toNs;
      if (followsIn(child, untilNs)) {
        waitedFor = child;
        // Those that follow in the list end no later.
        const nextNs = children[i + 1]?.toNs ?? -Infinity;
        const ownNs = Math.min(child.toNs - child.fromNs, child.toNs - nextNs);
        const dragNs = room.isOnPath ? Math.min(ownNs, room.dragNs) : 0;
        found.set(child.span, { dragNs, slackNs: room.slackNs, isOnPath: room.isOnPath });
        continue;
      }
      const besideNs = (waitedFor?.toNs ?? above.toNs) - child.toNs;
      found.set(child.span, {
        dragNs: 0,
        slackNs: room.slackNs + Math.max(0, besideNs),
        isOnPath: false,
      });
    }
  }
  return found;
}
