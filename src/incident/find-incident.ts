import type { SpanTable } from '../spans/index.ts';
import { findAttributeValues, type SampledTable } from './attribute-values.ts';
import { blameChanges, type Blame } from './blame.ts';
import { shapesOf, UsualCallees, type CallShape } from './call-shape.ts';
import { compareSeries } from './compare-series.ts';
import { completenessOf } from './completeness.ts';
import { gatherSeries } from './gather-series.ts';
import {
  CAUSES_MAX,
  EVIDENCE_MAX,
  type AttributeValue,
  type Cause,
  type CauseKind,
  type Incident,
  type Share,
  type TraceExample,
} from './incident.ts';
import { rankServices, type Charge, type Suspect } from './rank-services.ts';
import { compareRoots } from './root-changes.ts';
import { SeriesBook } from './series.ts';
import {
  amountsInAll,
  amountsOf,
  estimateShares,
  partsOf,
  SHARE_UNITS,
  type ShareUnit,
} from './trace-shares.ts';

export interface IncidentOptions {
  /** Of the draws for the intervals. */
  readonly seed: number;
  /** How many traces there are, where a table is a sample; those that it holds where left out. */
  readonly tracesInAll?: { readonly baseline: number; readonly window: number };
}

/**
 * Returns what got worse in the window against the baseline and the services that explain it, the
 * likeliest cause first. Neither the order of spans nor names have a part in it, and one seed gives
 * one answer. Empty tables give no causes.
 */
export function findIncident(
  baseline: SpanTable,
  window: SpanTable,
  { seed, tracesInAll }: IncidentOptions,
): Incident {
  const frame = {
    roots: compareRoots(baseline, window),
    baseline: completenessOf(baseline, tracesInAll?.baseline ?? baseline.traceCount),
    window: completenessOf(window, tracesInAll?.window ?? window.traceCount),
    seed,
  };
  if (baseline.traceCount === 0 || window.traceCount === 0) {
    return { ...frame, isExplained: false, causes: [] };
  }
  const sampled = sampleBoth(baseline, window);
  const blames = blameChanges(
    compareSeries(sampled.baseline.gathered, sampled.window.gathered, sampled.book),
  );
  const suspects = rankServices(blames);
  return {
    ...frame,
    isExplained: suspects.some(isProven),
    causes: describeCauses(suspects.slice(0, CAUSES_MAX), { ...sampled, blames, seed }),
  };
}

function isProven({ charges }: Suspect): boolean {
  return charges.some((charge) => charge.isProven);
}

interface SampledTables {
  readonly baseline: SampledTable;
  readonly window: SampledTable;
  readonly book: SeriesBook;
}

function sampleBoth(baseline: SpanTable, window: SpanTable): SampledTables {
  const book = new SeriesBook();
  const callees = new UsualCallees(book);
  const shapes = shapesOf([baseline, window] as const, book);
  const shaped = (table: SpanTable, shape: CallShape): SampledTable['shaped'] => {
    callees.learn(table, shape);
    return { table, shape, callees, book };
  };
  const [before, now] = [shaped(baseline, shapes[0]), shaped(window, shapes[1])];
  return {
    baseline: { shaped: before, gathered: gatherSeries(before) },
    window: { shaped: now, gathered: gatherSeries(now) },
    book,
  };
}

interface Study extends SampledTables {
  readonly blames: readonly Blame[];
  readonly seed: number;
}

function describeCauses(suspects: readonly Suspect[], study: Study): readonly Cause[] {
  const windows = { baseline: study.baseline.gathered, window: study.window.gathered };
  const amounts = SHARE_UNITS.map((unit) => ({
    each: suspects.map((suspect) => amountsOf(partsOf(suspect, unit), windows)),
    inAll: amountsInAll(study.blames, unit, windows),
  }));
  const estimated = estimateShares(amounts, windows.window.weightedTraces, study.seed);
  const shares = new Map(SHARE_UNITS.map((unit, i) => [unit, estimated[i] ?? []]));
  return suspects.map((suspect, i) => {
    const share = (unit: ShareUnit): Share | undefined => {
      const has = suspect.charges.some(({ change }) => isOfUnit(change.key.measure, unit));
      return has ? shares.get(unit)?.[i] : undefined;
    };
    return describeCause(suspect, study, {
      ...named('addedTime', share('time')),
      ...named('addedErrors', share('errors')),
      ...named('stopped', share('stops')),
    });
  });
}

function isOfUnit(measure: string, unit: ShareUnit): boolean {
  return unit === 'time' ? measure !== 'errors' && measure !== 'stops' : measure === unit;
}

function named<K extends string>(key: K, share: Share | undefined): { [P in K]?: Share } {
  return (share === undefined ? {} : { [key]: share }) as { [P in K]?: Share };
}

type CauseShares = Pick<Cause, 'addedTime' | 'addedErrors' | 'stopped'>;

function describeCause(suspect: Suspect, study: Study, shares: CauseShares): Cause {
  const { service, charges } = suspect;
  const [first] = charges;
  const attributes =
    first !== undefined && isProven(suspect)
      ? findAttributeValues(first.change, study.baseline, study.window)
      : [];
  return {
    service,
    isProven: isProven(suspect),
    kind: attributes.some(isDecisive) ? 'attribute-value' : mainKind(charges),
    harm: charges.reduce((sum, { harm }) => sum + harm, 0),
    ...shares,
    evidence: charges.slice(0, EVIDENCE_MAX).map(({ change, kind, share, harm }) => ({
      kind,
      ...change.key,
      share,
      harm,
      baselineMean: change.baselineMean,
      windowMean: change.windowMean,
      baselineCount: change.baselineCount,
      windowCount: change.windowCount,
      q: change.q,
    })),
    attributes,
    examples: findExamples(suspect, study),
  };
}

/** Most bad calls have the value, and no more than half of the others. */
function isDecisive({ key, valueGivenBad, valueGivenGood }: AttributeValue): boolean {
  // A fault of the scenario is why, and no kind of its own.
  return !key.endsWith('callgauge.fault') && valueGivenBad >= 0.8 && valueGivenGood <= 0.5;
}

function mainKind(charges: readonly Charge[]): CauseKind {
  const sums = new Map<CauseKind, number>();
  for (const { kind, harm } of charges) sums.set(kind, (sums.get(kind) ?? 0) + harm);
  const [main] = [...sums].toSorted(([, a], [, b]) => b - a);
  return main?.[0] ?? 'slower-inside';
}

const EXAMPLES_MAX = 3;

/** Returns the traces of the window that have the most of what is laid to a service. */
function findExamples(suspect: Suspect, { baseline, window }: Study): readonly TraceExample[] {
  const windows = { baseline: baseline.gathered, window: window.gathered };
  const { table } = window.shaped;
  const { traceWeights, weightedTraces } = window.gathered;
  const harm = new Float64Array(table.traceCount);
  for (const { change, share } of suspect.charges) {
    amountsOf([{ change, share }], windows).window.forEach((amount, trace) => {
      // Of the trace itself, however many it stands for.
      const own = amount / (traceWeights[trace] ?? 1);
      harm[trace] = (harm[trace] ?? 0) + own * change.harmPerAmount * weightedTraces;
    });
  }
  const idOf = (trace: number): string => table.traceIds[trace] ?? '';
  return [...harm.keys()]
    .filter((trace) => (harm[trace] ?? 0) > 0)
    .toSorted((a, b) => (harm[b] ?? 0) - (harm[a] ?? 0) || (idOf(a) < idOf(b) ? -1 : 1))
    .slice(0, EXAMPLES_MAX)
    .map((trace) => exampleOf(table, trace, harm[trace] ?? 0));
}

function exampleOf(table: SpanTable, trace: number, harm: number): TraceExample {
  const first = table.traceStarts[trace] ?? 0;
  const startNs = table.startsNs[first] ?? 0;
  let endNs = startNs;
  for (let span = first; span < (table.traceStarts[trace + 1] ?? 0); span++) {
    endNs = Math.max(endNs, (table.startsNs[span] ?? 0) + (table.durationsNs[span] ?? 0));
  }
  return {
    traceId: table.traceIds[trace] ?? '',
    harm,
    durationNs: endNs - startNs,
    startEpochNs: table.originEpochNs + BigInt(Math.round(startNs)),
  };
}
