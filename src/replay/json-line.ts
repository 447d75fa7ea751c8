import { LINE_FIELDS } from './field-names.ts';
import { flattened, isMap, textOf, type Fields } from './fields.ts';
import type { LineOptions } from './line-options.ts';
import { readFields, saysPath } from './read-fields.ts';
import type { LineReading } from './recorded-arrival.ts';

/** Returns the arrival of a line that is a JSON object; each character of it is one byte. */
export function readJsonLine(
  line: string,
  options: LineOptions,
  readText: (line: string) => LineReading,
): LineReading {
  const fields = objectOf(Buffer.from(line, 'latin1').toString('utf8'));
  if (fields) return ofFields(fields, options, readText);
  // Without escape=json nginx writes `\xC3` into what is meant to be JSON.
  const bytes = /\\x[0-9A-F]{2}/u.test(line)
    ? objectOf(line.replaceAll(/\\x([0-9A-F]{2})/gu, '\\u00$1'))
    : undefined;
  if (bytes) return readFields(flattened(bytes), options, 'bytes');
  return { problem: 'must be a JSON object', reason: 'not JSON objects' };
}

/** A line whose fields say no path may hold the line of another log as a text. */
function ofFields(
  object: Fields,
  options: LineOptions,
  readText: (line: string) => LineReading,
): LineReading {
  const fields = flattened(object);
  const own = readFields(fields, options);
  if (saysPath(fields, options)) return own;
  for (const name of LINE_FIELDS) {
    const text = textOf(fields, name);
    if (text === undefined || text === '') continue;
    const inner = readText(Buffer.from(text.trimEnd(), 'utf8').toString('latin1'));
    if (!('problem' in inner)) return inTimeOf(own, inner);
    if (isOfDocker(object)) return inner;
  }
  return own;
}

/**
 * Returns the arrival of the inner line. The time outside, when the line was written, is the better
 * one where the inner line was written at the end too, and names no more than the second.
 */
export function inTimeOf(outer: LineReading, inner: LineReading): LineReading {
  if ('problem' in inner || 'problem' in outer || inner.moment === 'start') return inner;
  if (!inner.time.isWhole || outer.time.isWhole) return inner;
  return { ...inner, time: outer.time, moment: 'end' };
}

function isOfDocker(fields: Fields): boolean {
  return typeof fields['log'] === 'string' && typeof fields['stream'] === 'string';
}

function objectOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
