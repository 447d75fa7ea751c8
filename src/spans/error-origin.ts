import { SPAN_STATUSES } from '../core/index.ts';
import { servedBy } from './call-peer.ts';
import { roleOf } from './call-role.ts';
import { blocksParent } from './critical-path.ts';
import { doubtNs, endNsOf } from './outlived-calls.ts';
import { childrenOf, type SpanForest } from './span-forest.ts';
import { firstAttribute } from './table-attributes.ts';

/** Where a failure of a trace began: a span that failed, with none below it that did. */
export interface ErrorOrigin {
  readonly span: number;
  /**
   * - `own`: the work of the span itself failed.
   * - `peer`: a call whose server left no span: the network, or a service without instrumentation.
   * - `waiting`: it gave up, while `blamed` still ran.
   */
  readonly kind: 'own' | 'peer' | 'waiting';
  /** The deepest span that ran when a `waiting` one gave up, whatever its own status. */
  readonly blamed: number | undefined;
  /**
   * The lowest span above it that went well although what it called had failed: the failure went no
   * further. Undefined where all above it failed.
   */
  readonly absorbedBy: number | undefined;
}

/**
 * Returns where the failures of a trace began, by their starts; a trace may have several origins,
 * and has none where no span failed.
 */
export function errorOrigins(forest: SpanForest, trace: number): readonly ErrorOrigin[] {
  const { parents, statuses, traceStarts } = forest.table;
  const [from, to] = [traceStarts[trace] ?? 0, traceStarts[trace + 1] ?? 0];
  // Backwards through an order that has parents first: what is below a span was seen before it.
  const hasFailedBelow = new Uint8Array(to - from);
  for (let i = to - 1; i >= from; i--) {
    const span = forest.topDown[i] ?? 0;
    const parent = parents[span] ?? -1;
    const hasFailed = statuses[span] === ERROR || hasFailedBelow[span - from] === 1;
    if (parent >= 0 && hasFailed) hasFailedBelow[parent - from] = 1;
  }
  const absorber = absorbers(forest, from, to);
  const found: ErrorOrigin[] = [];
  for (let span = from; span < to; span++) {
    if (statuses[span] !== ERROR || hasFailedBelow[span - from] === 1) continue;
    const blamed = runningAtEndOf(forest, span);
    const kind = blamed !== undefined ? 'waiting' : isUnserved(forest, span) ? 'peer' : 'own';
    const absorbedBy = absorber[span - from] ?? -1;
    found.push({ span, kind, blamed, absorbedBy: absorbedBy < 0 ? undefined : absorbedBy });
  }
  return found;
}

/** Returns the deepest span below one that gave up for which that still waited at its end. */
function runningAtEndOf(forest: SpanForest, span: number): number | undefined {
  const endNs = endNsOf(forest, span);
  // One that says that it timed out waited for a child that ended with it, too.
  const saysSo = saysGaveUp(forest, span);
  let blamed: number | undefined;
  for (let above = span; ;) {
    let next: number | undefined;
    for (const child of childrenOf(forest, above)) {
      if (!blocksParent(forest, child) || (forest.startsNs[child] ?? 0) >= endNs) continue;
      const overNs = endNsOf(forest, child) - endNs;
      const doubt = doubtNs(forest, span, child);
      const ran = saysSo ? overNs >= -doubt : overNs > doubt;
      if (!ran) continue;
      if (next === undefined || endNsOf(forest, child) > endNsOf(forest, next)) next = child;
    }
    if (next === undefined) return blamed;
    blamed = next;
    above = next;
  }
}

const GAVE_UP = /time[d_ -]*out|deadline|cancel|abort|^(?:408|499|504)$/iu;

function saysGaveUp({ attribute }: SpanForest, span: number): boolean {
  const grpc = firstAttribute(attribute, span, ['rpc.grpc.status_code', 'rpc.status_code']);
  if (grpc === '1' || grpc === '4') return true;
  const said = ['error.type', 'rpc.response.status_code', 'rpc.status_code', 'callgauge.outcome'];
  return said.some((key) => GAVE_UP.test(attribute(span, key) ?? ''));
}

function isUnserved(forest: SpanForest, span: number): boolean {
  return roleOf(forest, span) === 'client' && servedBy(forest, span) === undefined;
}

/**
 * Returns for each span of a trace the lowest at or above it that went well, with nothing above
 * that which failed; -1 for none. A server often leaves its status open where its client tells a
 * failure, so that one that went well below one that failed absorbs nothing.
 */
function absorbers({ table, topDown }: SpanForest, from: number, to: number): Int32Array {
  const { parents, statuses } = table;
  const absorber = new Int32Array(to - from).fill(-1);
  const hasFailedAbove = new Uint8Array(to - from);
  for (let i = from; i < to; i++) {
    const span = topDown[i] ?? 0;
    const parent = parents[span] ?? -1;
    const above = parent < 0 ? -1 : (absorber[parent - from] ?? -1);
    const failedAbove =
      parent >= 0 && (statuses[parent] === ERROR || hasFailedAbove[parent - from] === 1);
    hasFailedAbove[span - from] = Number(failedAbove);
    absorber[span - from] = statuses[span] === ERROR || failedAbove ? above : span;
  }
  return absorber;
}

const ERROR = SPAN_STATUSES.indexOf('Error');
