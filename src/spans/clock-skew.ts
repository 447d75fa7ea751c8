import { NS_PER_MS, type Span } from '../core/index.ts';

/** A span and the one above it. */
export interface ParentLink {
  readonly parent: Span;
  readonly child: Span;
}

/** The clocks of two services that differ, as the spans of one trace show it. */
export interface ClockSkew {
  readonly parentService: string;
  readonly childService: string;
  /** How far the child's clock is ahead of the parent's, in ns; negative where it is behind. */
  readonly aheadNs: bigint;
  /** How many calls between the two cannot have been when their spans say. */
  readonly callCount: number;
  /**
   * Whether a child began before its parent, which only clocks explain. Otherwise a child lies
   * behind its parent, as does one that its caller did not wait for.
   */
  readonly certain: boolean;
}

/** Clocks of one trace against each other. */
export interface ClockSkews {
  /** By the names of the services. */
  readonly skews: readonly ClockSkew[];
  /** Returns what to add to the child's times to bring them to the parent's clock. */
  shiftOf(link: ParentLink): bigint;
}

/** Many tracers round to whole milliseconds: less than that is no skew. */
const FLOOR_NS = BigInt(NS_PER_MS);

/** For what a child's clock is short of its parent's, the bounds that one call sets: */
interface Bounds {
  readonly link: ParentLink;
  /** It began no earlier than its parent. */
  readonly fromNs: bigint;
  /** It ended no later, where its parent waited for it; otherwise undefined. */
  readonly toNs: bigint | undefined;
  /** Whether the call cannot have been as it was recorded. */
  readonly shows: 'nothing' | 'before' | 'behind';
}

/**
 * Returns which clocks differ, and by how much. A child on another host must lie inside the parent
 * that waited for it, so that with d to be added to the child's clock
 *
 *   parent.start - child.start <= d <= parent.end - child.end
 *
 * Where a call lies outside by more than a millisecond (and behind it, by more than half its
 * length, for a server may end its span a little after its client has the answer), the pair of
 * clocks is taken to differ by the middle of what all its calls allow. Without an upper bound it
 * is the least that lets the child begin with its parent; where calls contradict each other, the
 * median of their middles. The middle takes the way there to be as long as the way back, as NTP
 * does.
 *
 * Spans of one host, by `host.id` or `host.name`, have one clock; where they do not name it, those
 * of one service have.
 */
export function findClockSkews(links: readonly ParentLink[]): ClockSkews {
  const between = links.filter(
    ({ parent, child }) => hasStarts(parent, child) && hasOtherClock(parent, child),
  );
  const pairs = Map.groupBy(between.map(boundsOf), ({ link }) => pairOf(link));
  const shifts = new Map<string, bigint>();
  const skews: ClockSkew[] = [];
  for (const [pair, all] of pairs) {
    const showing = all.filter(({ shows }) => shows !== 'nothing');
    const [first] = showing;
    if (first === undefined) continue;
    const shiftNs = shiftThatFits(all, showing);
    shifts.set(pair, shiftNs);
    skews.push({
      parentService: first.link.parent.serviceName,
      childService: first.link.child.serviceName,
      aheadNs: -shiftNs,
      callCount: showing.length,
      certain: showing.some(({ shows }) => shows === 'before'),
    });
  }
  return {
    skews: skews.toSorted((a, b) => (namesOf(a) < namesOf(b) ? -1 : 1)),
    shiftOf: (link) =>
      hasOtherClock(link.parent, link.child) ? (shifts.get(pairOf(link)) ?? 0n) : 0n,
  };
}

function boundsOf(link: ParentLink): Bounds {
  const { parent, child } = link;
  const fromNs = parent.startEpochNs - child.startEpochNs;
  const fits = child.durationNs >= 0n && child.durationNs <= parent.durationNs;
  const waited =
    parent.status !== 'Error' && parent.kind !== 'Producer' && child.kind !== 'Consumer';
  const toNs = fits && waited ? fromNs + parent.durationNs - child.durationNs : undefined;
  if (fromNs > FLOOR_NS) return { link, fromNs, toNs, shows: 'before' };
  const behindNs = toNs === undefined ? (waited ? behindBy(link) : 0n) : -toNs;
  const isBehind = behindNs > FLOOR_NS && behindNs > child.durationNs / 2n;
  return { link, fromNs, toNs, shows: isBehind ? 'behind' : 'nothing' };
}

/** How long after its parent's end a child began that is longer than its parent. */
function behindBy({ parent, child }: ParentLink): bigint {
  if (parent.durationNs < 0n || child.durationNs < 0n) return 0n;
  const gapNs = child.startEpochNs - parent.startEpochNs - parent.durationNs;
  return gapNs > 0n ? gapNs + child.durationNs : 0n;
}

function shiftThatFits(all: readonly Bounds[], showing: readonly Bounds[]): bigint {
  const fromNs = all.map((b) => b.fromNs).reduce((a, b) => (a > b ? a : b));
  const ends = all.flatMap(({ toNs }) => (toNs === undefined ? [] : [toNs]));
  if (ends.length === 0) return fromNs;
  const toNs = ends.reduce((a, b) => (a < b ? a : b));
  if (fromNs <= toNs) return (fromNs + toNs) / 2n;
  return median(showing.map((b) => (b.toNs === undefined ? b.fromNs : (b.fromNs + b.toNs) / 2n)));
}

function median(values: readonly bigint[]): bigint {
  const sorted = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n;
}

/** One without a start is stored as of 1970. */
function hasStarts(parent: Span, child: Span): boolean {
  return parent.startEpochNs > 0n && child.startEpochNs > 0n;
}

function hasOtherClock(parent: Span, child: Span): boolean {
  const [above, below] = [hostOf(parent), hostOf(child)];
  if (above === undefined || below === undefined) return parent.serviceName !== child.serviceName;
  return above !== below;
}

function pairOf({ parent, child }: ParentLink): string {
  const clockOf = (span: Span): readonly string[] => [span.serviceName, hostOf(span) ?? ''];
  return JSON.stringify([clockOf(parent), clockOf(child)]);
}

function hostOf({ resourceAttributes }: Span): string | undefined {
  return resourceAttributes['host.id'] ?? resourceAttributes['host.name'];
}

function namesOf({ parentService, childService, aheadNs }: ClockSkew): string {
  return JSON.stringify([parentService, childService, String(aheadNs)]);
}
