import type { Command } from 'commander';
import { HarnessError, recordedDuration } from '../core/index.ts';
import { MOMENT_WANTED, momentNs } from './moment.ts';

/** A time as the command line has it. */
export interface TimeOptions {
  readonly since?: string;
  readonly from?: string;
  readonly to?: string;
}

/** A time, open where a bound is absent. `sinceNs` is before now, in place of `fromEpochNs`. */
export interface WantedTime {
  readonly fromEpochNs?: bigint;
  readonly toEpochNs?: bigint;
  readonly sinceNs?: bigint;
}

/** Adds `--since`, `--from` and `--to` to a command. */
export function withTimeOptions(command: Command): Command {
  return command
    .option('--since <time>', 'from so long ago on: 1h')
    .option('--from <time>', 'from then on: 2026-11-28T16:40:00Z; without a zone in UTC')
    .option('--to <time>', 'before then');
}

/**
 * Returns the time that the options name.
 * @throws USAGE_INVALID for what is no time, for both --since and --from, for an end that is not
 * behind the start, and for a --since of nothing
 */
export function wantedTime({ since, from, to }: TimeOptions): WantedTime {
  if (since !== undefined && from !== undefined) {
    throw invalid('--since and --from exclude each other', 'Leave one of them out.');
  }
  const fromEpochNs = from === undefined ? undefined : momentOf(from, '--from');
  const toEpochNs = to === undefined ? undefined : momentOf(to, '--to');
  if (fromEpochNs !== undefined && toEpochNs !== undefined && toEpochNs <= fromEpochNs) {
    throw invalid(`--to must be behind --from, got ${from} and ${to}`, 'Swap the two.');
  }
  const sinceNs = since === undefined ? undefined : durationOf(since, '--since');
  if (sinceNs === 0n) {
    throw invalid(`--since must be > 0, got ${since}`, 'Write --since 1h, say.');
  }
  return {
    ...(fromEpochNs === undefined ? {} : { fromEpochNs }),
    ...(toEpochNs === undefined ? {} : { toEpochNs }),
    ...(sinceNs === undefined ? {} : { sinceNs }),
  };
}

/**
 * Returns a duration of the command line in ns.
 * @throws USAGE_INVALID for one without a unit, or none
 */
export function durationOf(text: string, option: string): bigint {
  const ns = recordedDuration(text, undefined);
  if (ns !== undefined) return BigInt(ns);
  throw invalid(
    `${option} must be a time with its unit, got ${text}`,
    `Write ${option} 500ms or ${option} 1h, say; units are ns, us, ms, s, m and h.`,
  );
}

function momentOf(text: string, option: string): bigint {
  const epochNs = momentNs(text);
  if (epochNs !== undefined) return epochNs;
  throw invalid(
    `${option} must be ${MOMENT_WANTED}, got ${text}`,
    `Write ${option} 2026-11-28T16:40:00Z, say.`,
  );
}

function invalid(message: string, hint: string): HarnessError {
  return new HarnessError('USAGE_INVALID', message, { hint });
}
