import { errorText } from '../core/index.ts';

/** What keeps a text from being JSON, for a message. */
export interface BrokenJson {
  /** `is empty`. */
  readonly claim: string;
  /** How a hint begins that goes on with `the file anew`. */
  readonly remedy: string;
}

const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})(?: .*)?$/mu;
const SHOWN_MAX = 40;

/**
 * Returns what is wrong with the text of a file that is to be a JSON object and is none: that it is
 * empty, ends early, or where it goes wrong; undefined for a text that never was such an object.
 */
export function brokenJson(text: string): BrokenJson | undefined {
  if (text.trim() === '') {
    return { claim: 'is empty', remedy: 'The command that was to write it failed; make' };
  }
  if (!text.trimStart().startsWith('{')) return undefined;
  const conflict = CONFLICT.exec(text);
  if (conflict !== null) {
    const [mark] = conflict;
    return {
      claim: `has a conflict of a merge at line ${lineOf(text, conflict.index)}, "${mark}"`,
      remedy: 'Take one side of it whole, or make',
    };
  }
  const { message, at } = problemOf(text);
  const end = text.trimEnd().length;
  if (/^(?:Unexpected end|Unterminated)/u.test(message) || (at ?? 0) >= end) {
    return { claim: `ends early, at line ${lineOf(text, end)}`, remedy: 'Make' };
  }
  if (at === undefined) return { claim: `is no JSON: ${message}`, remedy: 'Make' };
  const rest = text.slice(at, at + SHOWN_MAX).split('\n')[0] ?? '';
  return {
    claim: `is no JSON from line ${lineOf(text, at)} on: ${JSON.stringify(rest)}`,
    remedy: 'Make',
  };
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** The parser tells the position of what is out of place, and not of what is in no JSON. */
function problemOf(text: string): { readonly message: string; readonly at: number | undefined } {
  try {
    JSON.parse(text);
    return { message: '', at: undefined };
  } catch (error) {
    const message = errorText(error);
    const [, position] = / at position (\d+)/u.exec(message) ?? [];
    return { message, at: position === undefined ? strangerAt(text) : Number(position) };
  }
}

const TOKEN = /\s*(?:[{}[\]:,]|"(?:[^"\\]|\\.)*"|[-+.\w]+)/suy;

/** Returns where something begins that is no token of JSON; undefined for nowhere. */
function strangerAt(text: string): number | undefined {
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    if (!TOKEN.test(text)) break;
    at = TOKEN.lastIndex;
  }
  const place = at + (/^\s*/u.exec(text.slice(at))?.[0].length ?? 0);
  return place < text.length ? place : undefined;
}
