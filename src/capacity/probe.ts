import { NS_PER_SEC, type Ns, type RatePerSec } from '../core/index.ts';
import type { CapacityPhaseSpec, OpenPhaseSpec } from '../scenario/index.ts';

/** A stretch of open load at one rate. */
export interface Probe {
  readonly ratePerSec: RatePerSec;
  /** 1 for the first of the search. */
  readonly number: number;
  /** Whole seconds. */
  readonly durationNs: Ns;
}

/** The least lead-in; a tenth of a longer probe. */
const LEAD_IN_NS_MIN = NS_PER_SEC;

/**
 * Returns the two phases of a probe. The lead-in brings connections, code and queues to where the
 * rate keeps them, and is not measured: from an empty queue every rate looks better than it is.
 *
 *   ├── find@200/s#3/lead-in ──┼── find@200/s#3 ─────────────────────┤ drained ... settled
 *            not measured                     measured
 */
export function probeLoad(search: CapacityPhaseSpec, probe: Probe): readonly OpenPhaseSpec[] {
  const { ratePerSec, durationNs } = probe;
  const name = `${search.name}@${ratePerSec}/s#${probe.number}`;
  const leadInNs = wholeSeconds(Math.max(LEAD_IN_NS_MIN, durationNs / 10));
  const phase = (phaseName: string, ns: Ns, measure: boolean): OpenPhaseSpec => ({
    name: phaseName,
    flow: search.flow,
    durationNs: ns,
    measure,
    arrivals: {
      process: search.capacity.process,
      pieces: [{ fromPerSec: ratePerSec, toPerSec: ratePerSec, durationNs: ns }],
    },
  });
  return [phase(`${name}/lead-in`, leadInNs, false), phase(name, durationNs, true)];
}

/**
 * Returns what the name of a stored phase says of the probe that it was; undefined for a lead-in,
 * and for every other phase.
 */
export function probeOf(phase: string): Pick<Probe, 'ratePerSec' | 'number'> | undefined {
  const match = /^[^@]+@([\d.e+-]+)\/s#(\d+)$/u.exec(phase);
  return match ? { ratePerSec: Number(match[1]), number: Number(match[2]) } : undefined;
}

/** Returns a duration as whole seconds: series are kept by the second. */
export function wholeSeconds(ns: Ns): Ns {
  return Math.ceil(ns / NS_PER_SEC) * NS_PER_SEC;
}

/** Returns a rate with four digits, as people write one. */
export function roundedRate(ratePerSec: RatePerSec): RatePerSec {
  return Number(ratePerSec.toPrecision(4));
}
