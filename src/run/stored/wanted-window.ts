import type { RunSource } from '../../analyze/index.ts';
import { epochNowMs, epochNsFromMs, NS_PER_SEC, runNotFound } from '../../core/index.ts';
import type { SpanSelection } from '../../spans/index.ts';
import { findRunId } from './find-run.ts';

/** Of which traces something is wanted: of a run's, or of those of a time. */
export interface WantedWindow {
  /** A run's id, the beginning of one, or `latest`. */
  readonly run?: string;
  /** Open where a bound is absent; `sinceNs` is before now, in place of `fromEpochNs`. */
  readonly time?: {
    readonly fromEpochNs?: bigint;
    readonly toEpochNs?: bigint;
    readonly sinceNs?: bigint;
  };
  readonly serviceName?: string;
}

/** Earlier and later than any trace, and so near that a store can reckon with what is around. */
export const OPEN_FROM_EPOCH_NS = 1n;
export const OPEN_TO_EPOCH_NS = epochNsFromMs(Date.UTC(2200, 0));

/**
 * Returns the selection of the spans that are wanted: of the run where one is named, else of the
 * time.
 * @throws RUN_NOT_FOUND, USAGE_INVALID where the beginning of a run's id fits several
 */
export async function selectWindow(
  source: RunSource,
  { run: word, time = {}, serviceName }: WantedWindow,
): Promise<SpanSelection> {
  const service = serviceName === undefined ? {} : { serviceName };
  if (word === undefined) {
    const { fromEpochNs, toEpochNs, sinceNs } = time;
    const nowNs = epochNsFromMs(epochNowMs());
    const isSince = sinceNs !== undefined;
    return {
      // At a whole second, so that the same calls lie in the same seconds whenever it is asked.
      fromEpochNs: fromEpochNs ?? (isSince ? wholeSecond(nowNs - sinceNs) : OPEN_FROM_EPOCH_NS),
      toEpochNs: toEpochNs ?? (isSince ? nowNs : OPEN_TO_EPOCH_NS),
      ...service,
    };
  }
  const id = await findRunId(source, word);
  const run = await source.run(id);
  if (run === undefined) throw runNotFound(id);
  return {
    runId: run.runId,
    fromEpochNs: epochNsFromMs(run.startedEpochMs),
    toEpochNs: run.endedEpochMs > 0 ? epochNsFromMs(run.endedEpochMs) : OPEN_TO_EPOCH_NS,
    ...service,
  };
}

function wholeSecond(epochNs: bigint): bigint {
  return epochNs - (epochNs % BigInt(NS_PER_SEC));
}
