import { recordedTime } from '../core/index.ts';
import { readAccessLine } from './access-line.ts';
import { readHaproxyLine } from './haproxy-line.ts';
import { inTimeOf, readJsonLine } from './json-line.ts';
import type { LineOptions } from './line-options.ts';
import { readLoadBalancerLine } from './load-balancer-line.ts';
import type { LineReading } from './recorded-arrival.ts';
import { NO_REQUEST } from './recorded-request.ts';

/** What Kubernetes writes before each line of a container: time, stream, whether it is whole. */
const CRI = /^(\d{4}-\d\d-\d\dT[^ ]{8,30}) (?:stdout|stderr) [FP] (.*)$/su;
/** Caddy's log for consoles: text, and behind it a JSON object. */
const CONSOLE = /^(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\s.*?\shandled request\s+(\{.*\})$/su;

/**
 * Returns the arrival of a line of any log that is known by its lines. Each character is one byte.
 */
export function readTextLine(line: string, options: LineOptions): LineReading {
  if (line.startsWith('{'))
    return readJsonLine(line, options, (inner) => readTextLine(inner, options));
  const container = CRI.exec(line);
  if (container) return ofContainer(container[1] ?? '', container[2] ?? '', options);
  const console = CONSOLE.exec(line);
  if (console) return readTextLine(withTime(console[1] ?? '', console[2] ?? ''), options);
  return readHaproxyLine(line) ?? readLoadBalancerLine(line) ?? readAccessLine(line, options);
}

/** Returns whether a line is of a log that is known by its lines. */
export function isTextLine(line: string): boolean {
  return !('problem' in readTextLine(line, NO_OPTIONS));
}

/** Returns the arrival of a line that is nothing but a time. */
export function readPlainLine(line: string): LineReading {
  const time = recordedTime(line.trim());
  if (!time) return { problem: 'must be a time', reason: 'not times' };
  return { time, moment: 'list', durationNs: undefined, request: NO_REQUEST };
}

/** The fields of the usual names. */
export const NO_OPTIONS: LineOptions = {
  timeField: undefined,
  methodField: undefined,
  pathField: undefined,
  durationField: undefined,
  durationUnit: undefined,
};

function ofContainer(writtenAt: string, text: string, options: LineOptions): LineReading {
  const inner = readTextLine(text, options);
  const time = recordedTime(writtenAt);
  if (!time || 'problem' in inner) return inner;
  return inTimeOf({ ...inner, time }, inner);
}

function withTime(ts: string, object: string): string {
  return `{"ts":${JSON.stringify(ts)},${object.slice(1)}`;
}
