import { counted, type DurationUnit } from '../core/index.ts';
import type { ImportedTimes, ImportResult } from '../ingest/index.ts';

/** What `callgauge import` is asked for, beside its files and the store. */
export interface ImportOptions {
  readonly durationUnit?: DurationUnit;
  readonly strict?: true;
}

/** Raised when a field of the JSON changes its meaning or goes away. */
const JSON_VERSION = 1;
const SERVICES_SHOWN_MAX = 12;
const NS_PER_MS = 1_000_000n;

/** Returns what was imported, for people. */
export function importLines(result: ImportResult, place: string): readonly string[] {
  const { readCount, storedCount, knownCount, rejected, services, times } = result;
  const least = result.hasMoreTraces ? 'more than ' : '';
  const shown = services.slice(0, SERVICES_SHOWN_MAX).map(({ serviceName }) => serviceName);
  const more = services.length - shown.length;
  return [
    `${counted(readCount, 'span')} of ${least}${counted(result.traceCount, 'trace')} and ${counted(services.length, 'service')}`,
    ...(times === undefined ? [] : [`  began      ${timesText(times)}`]),
    ...(shown.length === 0
      ? []
      : [`  services   ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`]),
    `  stored     ${counted(storedCount, 'span')} at ${place}`,
    ...(knownCount === 0
      ? []
      : [
          `  known      ${counted(knownCount, 'span')} ${knownCount === 1 ? 'was' : 'were'} there already`,
        ]),
    ...(rejected === undefined
      ? []
      : [`  not stored ${counted(rejected.count, 'span')}; of the first: ${rejected.first}`]),
    ...result.files.flatMap(({ path, leftOut, unreadColumns }) => [
      ...leftOut.map(
        ({ fault, count, first }) => `  left out   ${count}, ${fault}; the first: ${first}`,
      ),
      ...(unreadColumns.length === 0
        ? []
        : [`  not read   the columns ${unreadColumns.join(', ')} of ${path}`]),
    ]),
  ];
}

/** Returns what was imported as JSON; times are ns since the epoch as texts. */
export function importJson(result: ImportResult): string {
  const value = { version: JSON_VERSION, ...result };
  return JSON.stringify(
    value,
    (_key, field: unknown) => (typeof field === 'bigint' ? String(field) : field),
    2,
  );
}

/**
 * Returns commands to go on with. Two files that follow each other are most likely a healthy time
 * and an incident.
 */
export function nextLines(
  { files, times }: ImportResult,
  command: (text: string) => string,
): readonly string[] {
  if (times === undefined) return [];
  const [first, second] = files.flatMap((file) => file.times ?? []);
  const two =
    files.length === 2 &&
    first !== undefined &&
    second !== undefined &&
    (first.lastEpochNs < second.firstEpochNs || second.lastEpochNs < first.firstEpochNs);
  const { from, to } = moments(times);
  const incident = two
    ? `incident --baseline ${rangeText(first)} --window ${rangeText(second)}`
    : 'incident --baseline T1..T2 --window T3..T4';
  return [
    '',
    'Next:',
    `  ${command(`traces --from ${from} --to ${to}`)}`,
    `  ${command(incident)}`,
  ];
}

function rangeText(times: ImportedTimes): string {
  const { from, to } = moments(times);
  return `${from}..${to}`;
}

/** Whole seconds, the end behind the last span. */
function moments({ firstEpochNs, lastEpochNs }: ImportedTimes): {
  readonly from: string;
  readonly to: string;
} {
  const iso = (epochNs: bigint): string =>
    new Date(Number(epochNs / NS_PER_MS)).toISOString().replace(/\.\d+/u, '');
  return { from: iso(firstEpochNs), to: iso(lastEpochNs + 1_000_000_000n) };
}

function timesText({ firstEpochNs, lastEpochNs }: ImportedTimes): string {
  const iso = (epochNs: bigint): string =>
    new Date(Number(epochNs / NS_PER_MS)).toISOString().replace('T', ' ').replace('Z', ' UTC');
  return `${iso(firstEpochNs)} to ${iso(lastEpochNs)}`;
}
