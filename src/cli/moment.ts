import { epochNsFromMs, isInCalendar, recordedEpochNs } from '../core/index.ts';

/** A day, or a day and a time without seconds: what a person writes and no log has. */
const SHORT = /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<clock>\d\d:\d\d)(?<zone>Z|[+-]\d\d:?\d\d)?)?$/u;
/** Fewer digits are a year, a time of day or a slip: as seconds they are of 1973 or before. */
const EPOCH_DIGITS_MIN = 9;

/** How a moment may be written, for messages. */
export const MOMENT_WANTED =
  'a time (2026-11-28T16:40:01.120Z, 2026-11-28T16:40, 2026-11-28, or a number since 1970 with 9 digits or more)';

/**
 * Returns the moment that a person names on a command line, in ns since the epoch: whatever a list
 * may have, a day alone, or one with hours and minutes; without a zone in UTC. Undefined for
 * anything else, short numbers among them.
 */
export function momentNs(text: string): bigint | undefined {
  const { day, clock = '00:00', zone = 'Z' } = SHORT.exec(text)?.groups ?? {};
  if (day !== undefined) {
    const epochMs = Date.parse(`${day}T${clock}${zone}`);
    return Number.isNaN(epochMs) || !isInCalendar(day) ? undefined : epochNsFromMs(epochMs);
  }
  const digits = /^\d+(?=\.|$)/u.exec(text)?.[0];
  if (digits !== undefined && digits.length < EPOCH_DIGITS_MIN) return undefined;
  return recordedEpochNs(text);
}
