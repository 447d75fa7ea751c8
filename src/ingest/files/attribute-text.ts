import type { Attributes } from '../../core/index.ts';
import { emptyAttributes } from '../otlp-value.ts';

/** One entry of a map as ClickHouse prints it: `'key':'value'`. */
const ENTRY = /\s*'((?:[^'\\]|\\.)*)'\s*:\s*'((?:[^'\\]|\\.)*)'\s*(,|\}$)/uy;
const ESCAPED = /\\(.)/gsu;
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  0: '\0',
};

/**
 * Returns the attributes that a text holds: a JSON object, or a map as ClickHouse prints it in CSV
 * (`{'http.method':'GET'}`). Values that are no texts are kept as JSON; '' holds none. Undefined
 * for anything else.
 */
export function attributesOfText(text: string): Attributes | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === '{}') return emptyAttributes();
  if (!trimmed.startsWith('{')) return undefined;
  return trimmed.startsWith("{'") ? ofClickHouse(trimmed) : ofJson(trimmed);
}

function ofJson(text: string): Attributes | undefined {
  const attributes = emptyAttributes();
  try {
    for (const [key, value] of Object.entries(JSON.parse(text) as object)) {
      attributes[key] = typeof value === 'string' ? value : JSON.stringify(value);
    }
    return attributes;
  } catch {
    return undefined;
  }
}

function ofClickHouse(text: string): Attributes | undefined {
  const attributes = emptyAttributes();
  ENTRY.lastIndex = 1;
  for (let entry = ENTRY.exec(text); entry !== null; entry = ENTRY.exec(text)) {
    attributes[unescaped(entry[1] ?? '')] = unescaped(entry[2] ?? '');
    if (entry[3] !== ',') return attributes;
  }
  return undefined;
}

function unescaped(text: string): string {
  return text.replaceAll(ESCAPED, (_all, character: string) => ESCAPES[character] ?? character);
}
