import { NS_PER_MS } from '../../src/core/index.ts';
import type { Cause, CauseKind, Incident } from '../../src/incident/index.ts';
import type { Hop } from './shop-faults.ts';

/** What was done to the shop in a window. */
export interface Injected {
  readonly hop: Hop;
  /** Empty where nothing is to be seen. */
  readonly rightKinds: readonly CauseKind[];
}

export interface Judgement {
  /** Which of the causes is the fault, from 1; 0 for none, or where nothing was said to explain. */
  readonly rank: number;
  /** Whether nothing was said to explain a change. */
  readonly isQuiet: boolean;
  /** What was said first, for people. */
  readonly said: string;
}

/** A shop that is well fails no order, and has answered most of them after some 25 ms. */
const HEALTHY_MEDIAN_NS = 250 * NS_PER_MS;
const HEALTHY_ERRORS = 0.01;

/**
 * Returns whether the shop was well in the baseline: on a machine that has no time for it, nothing
 * can be said of what a fault adds. What came after the baseline has no part in it.
 */
export function wasHealthy({ roots }: Incident): boolean {
  return roots.every(
    ({ baseline: { count, errorCount, medianNs = 0 } }) =>
      errorCount <= HEALTHY_ERRORS * count && medianNs <= HEALTHY_MEDIAN_NS,
  );
}

/** Judges what the analysis said of a window by what was done in it. */
export function judge(incident: Incident, injected: Injected): Judgement {
  const [first] = incident.causes;
  if (!incident.isExplained || first === undefined) {
    return { rank: 0, isQuiet: true, said: `nothing explains a change` };
  }
  return {
    rank: incident.causes.findIndex((cause) => isTheFault(cause, injected)) + 1,
    isQuiet: false,
    said: saidOf(first),
  };
}

/**
 * A cause is the fault where it is the callee of the hop, of a kind that the fault has, and rests
 * on that hop or on the callee's own work. Of the first hop, whose caller is the load itself, no
 * other call tells one side from the other: either is right.
 */
function isTheFault(cause: Cause, { hop, rightKinds }: Injected): boolean {
  const sides = hop.caller === LOAD ? [hop.caller, hop.callee] : [hop.callee];
  const [evidence] = cause.evidence;
  if (!sides.includes(cause.service) || evidence === undefined) return false;
  const { service, peer, kind } = evidence;
  const isOfHop = service === hop.caller && (peer === hop.callee || peer === '');
  const isInside = service === hop.callee && peer === '';
  return rightKinds.includes(kind) && (isOfHop || isInside);
}

const LOAD = 'callgauge';

function saidOf({ service, kind, evidence: [first] }: Cause): string {
  const where = first?.peer === '' ? first.service : `${first?.service}->${first?.peer}`;
  return `${service}: ${kind} (${first?.kind}, ${first?.measure} ${where} ${first?.operation})`;
}
