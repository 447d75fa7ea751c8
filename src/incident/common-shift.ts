import type { SeriesKey } from './series.ts';

/** How a time changed: per count, with its standard error. */
export interface TimeShift {
  readonly key: SeriesKey;
  readonly differenceNs: number;
  readonly errorNs: number;
  readonly count: number;
}

/** What all have in common, taken off each; how far they are apart in it, added to its error. */
export interface CommonShift {
  readonly shiftNs: number;
  readonly spreadNs: number;
}

const NONE: CommonShift = { shiftNs: 0, spreadNs: 0 };
/** Fewer services, or pairs of them, have nothing in common that could be told from their own. */
const GROUPS_MIN = 4;
/** The median of the services' own work has to be so many standard errors slower. */
const ERRORS_SLOWER = 0.5;
/** Of a normal distribution: its standard deviation over its median absolute deviation. */
const DEVIATION_PER_MEDIAN = 1.4826;

/**
 * Returns what the times of a system got slower by together. Where half of the services and more do
 * their own work slower, which none of them does for another, they share the cause: the host, the
 * hour. No service explains that, least of all the one that calls all others. Work within services
 * is then compared with that of the other services, and calls between two with the other calls:
 *
 *   shift = max(0, median of the groups' shifts)    spread = 1.48 median |shift of one - shift|
 *
 * A group is a service, or a pair of them. One service that is slow moves no median.
 */
export function commonShifts(shifts: readonly TimeShift[]): (key: SeriesKey) => CommonShift {
  const [within, between] = [true, false].map((isWithin) =>
    groupShifts(shifts.filter(({ key }) => (key.peer === '') === isWithin)),
  );
  const errors = (within ?? []).map(({ shiftNs, errorNs }) =>
    errorNs > 0 ? shiftNs / errorNs : 0,
  );
  if (errors.length < GROUPS_MIN || median(errors) < ERRORS_SLOWER) return () => NONE;
  const [ofWork, ofCalls] = [commonOf(within ?? []), commonOf(between ?? [])];
  return ({ peer }) => (peer === '' ? ofWork : ofCalls);
}

interface GroupShift {
  readonly shiftNs: number;
  readonly errorNs: number;
}

/** Returns the mean shift per count of each service, or pair. */
function groupShifts(shifts: readonly TimeShift[]): readonly GroupShift[] {
  const groups = Map.groupBy(shifts, ({ key }) => JSON.stringify([key.service, key.peer]));
  return [...groups.values()].map((own) => {
    const count = own.reduce((sum, one) => sum + one.count, 0);
    const shiftNs = own.reduce((sum, one) => sum + one.differenceNs * one.count, 0) / count;
    return { shiftNs, errorNs: Math.hypot(...own.map((one) => one.errorNs * one.count)) / count };
  });
}

function commonOf(groups: readonly GroupShift[]): CommonShift {
  if (groups.length < GROUPS_MIN) return NONE;
  const shifts = groups.map(({ shiftNs }) => shiftNs);
  const shiftNs = Math.max(0, median(shifts));
  const off = median(shifts.map((shift) => Math.abs(shift - shiftNs)));
  return { shiftNs, spreadNs: DEVIATION_PER_MEDIAN * off };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return (low + high) / 2;
}
