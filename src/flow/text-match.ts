import type { TextMatch } from '../scenario/index.ts';
import { PATTERN_CHARACTERS_MAX } from './answer-reader.ts';

/** Returns what a text is not, `is not ...`, without showing it; '' for one that is as wanted. */
export type TextCheck = (text: string) => string;

/** Returns the check of a text; every condition of the match must hold. */
export function textCheck({ equals, contains, matches, like }: TextMatch): TextCheck {
  const checks: TextCheck[] = [];
  if (equals !== undefined) {
    checks.push((text) => (text === equals ? '' : `is not ${quoted(equals)}`));
  }
  if (contains !== undefined) {
    checks.push((text) => (text.includes(contains) ? '' : `does not hold ${quoted(contains)}`));
  }
  if (matches !== undefined) {
    const pattern = new RegExp(matches, 'u');
    checks.push((text) => (pattern.test(beginningOf(text)) ? '' : `does not match /${matches}/`));
  }
  if (like !== undefined) {
    const isLike = wildcard(like);
    checks.push((text) => (isLike(text) ? '' : `is not ${like}`));
  }
  const [only] = checks;
  if (checks.length === 1 && only) return only;
  return (text) => {
    for (const check of checks) {
      const fault = check(text);
      if (fault !== '') return fault;
    }
    return '';
  };
}

/** Returns as much of a text as a regular expression is given. */
export function beginningOf(text: string): string {
  return text.length > PATTERN_CHARACTERS_MAX ? text.slice(0, PATTERN_CHARACTERS_MAX) : text;
}

/** Returns a text of the scenario as a failed check shows it, cut short. */
export function quoted(wanted: string): string {
  return cutShort(JSON.stringify(wanted));
}

/** Returns what a failed check shows of what was wanted, cut short. */
export function cutShort(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Looks for the pieces between the stars one after another, which takes no backtracking. */
function wildcard(pattern: string): (text: string) => boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const last = rest.pop();
  return (given) => {
    const text = given.toLowerCase();
    if (last === undefined) return text === first;
    if (!text.startsWith(first)) return false;
    let from = first.length;
    for (const piece of rest) {
      const at = text.indexOf(piece, from);
      if (at < 0) return false;
      from = at + piece.length;
    }
    return text.length - last.length >= from && text.endsWith(last);
  };
}
