import { rngFrom, type Rng } from '../../src/core/index.ts';
import { drawFault, Draws, HOPS, type DrawnFault, type Hop } from './shop-faults.ts';

/** What the windows without any fault are listed as. */
export const QUIET = 'no fault';

/** One incident: a fault of a kind, drawn by the seed, or none. */
export interface PlannedIncident {
  readonly name: string;
  /** The toxic's type, `pause`, `kill` or {@link QUIET}. */
  readonly kind: string;
  readonly hop: Hop;
  readonly fault: DrawnFault | undefined;
}

/** An incident with its times, in ms from the start of the measured phase. */
export interface TimedIncident extends PlannedIncident {
  readonly baseline: MsRange;
  readonly window: MsRange;
}

export interface MsRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one run of the shop goes through. */
export interface RunPlan {
  readonly number: number;
  readonly seed: number;
  readonly incidents: readonly TimedIncident[];
  readonly lengthMs: number;
}

/** Incidents that share a baseline: a healthy time, then one fault after another. */
const GROUP = 6;
const BASELINE_MS = 4_000;
/** Of what a fault leaves behind, as the command takes it out of a run's healthy time. */
const SETTLE_MS = 1_000;
/** A killed service is started again at the end of its window. */
const RESTART_MS = 5_000;
const RUN_INCIDENTS = 60;

/**
 * Returns the runs that hold `count` incidents of each kind, in an order drawn by the seed: what
 * the machine does meanwhile meets all kinds alike.
 */
export function planIncidents(
  kinds: readonly string[],
  count: number,
  seed: number,
): readonly RunPlan[] {
  const incidents = kinds.flatMap((kind) =>
    Array.from({ length: count }, (_, i) => {
      const draw = new Draws(rngFrom(seed, `incident/${kind}/${i}`));
      const hop = draw.oneOf(HOPS as readonly [Hop, ...Hop[]]);
      const fault = kind === QUIET ? undefined : drawFault(kind, draw);
      return { name: `${kind.replaceAll(/[^a-z]/gu, '-')}-${i + 1}`, kind, hop, fault };
    }),
  );
  const rng = rngFrom(seed, 'incident-order');
  const order = shuffled(incidents, rng);
  const runs = Math.ceil(order.length / RUN_INCIDENTS);
  return Array.from({ length: runs }, (_, number) => {
    const own = order.slice(number * RUN_INCIDENTS, (number + 1) * RUN_INCIDENTS);
    return { number, seed: seed + number, ...timed(own, rng) };
  });
}

function timed(
  incidents: readonly PlannedIncident[],
  rng: Rng,
): Pick<RunPlan, 'incidents' | 'lengthMs'> {
  let nowMs = 0;
  const pass = (fromMs: number, toMs: number): MsRange => {
    const lengthMs = Math.round(fromMs + rng.nextFloat() * (toMs - fromMs));
    nowMs += lengthMs;
    return { fromMs: nowMs - lengthMs, toMs: nowMs };
  };
  let baseline: MsRange = { fromMs: 0, toMs: 0 };
  const all = incidents.map((incident, i): TimedIncident => {
    if (i % GROUP === 0) {
      nowMs += SETTLE_MS;
      baseline = pass(BASELINE_MS, BASELINE_MS);
    }
    pass(0.7 * SETTLE_MS, SETTLE_MS);
    const window = pass(1_200, 1_800);
    if (incident.kind === 'kill') nowMs += RESTART_MS;
    return { ...incident, baseline, window };
  });
  return { incidents: all, lengthMs: nowMs + SETTLE_MS };
}

function shuffled<T>(all: readonly T[], rng: Rng): readonly T[] {
  const keyed = all.map((one) => ({ one, key: rng.nextFloat() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ one }) => one);
}
