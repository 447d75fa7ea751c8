import { compilePattern } from '../pattern/index.ts';
import type { TextMatch } from '../scenario/index.ts';

/** Returns what a text is not, `is not ...`, without showing it; '' for one that is as wanted. */
export type TextCheck = (text: string) => string;

/** Characters of a text that a regular expression sees where nothing else is said. */
export const WITHIN_DEFAULT = 65_536;

/** Returns the check of a text; every condition of the match must hold. */
export function textCheck({ equals, contains, matches, like, within }: TextMatch): TextCheck {
  const checks: TextCheck[] = [];
  if (equals !== undefined) {
    checks.push((text) => (text === equals ? '' : `is not ${quoted(equals)}`));
  }
  if (contains !== undefined) {
    checks.push((text) => (text.includes(contains) ? '' : `does not hold ${quoted(contains)}`));
  }
  if (matches !== undefined) {
    const pattern = compilePattern(matches);
    checks.push((text) => {
      if (pattern.test(beginningOf(text, within))) return '';
      const bound = boundText(text, within);
      return bound === ''
        ? `does not match /${matches}/`
        : `does not match in ${bound}: /${matches}/`;
    });
  }
  if (like !== undefined) {
    const isLike = wildcard(like);
    checks.push((text) => (isLike(text) ? '' : `is not ${like}`));
  }
  const [only] = checks;
  if (checks.length === 1 && only) return only;
  return (text) => {
    for (const check of checks) {
      const problem = check(text);
      if (problem !== '') return problem;
    }
    return '';
  };
}

/** Returns as much of a text as a regular expression is given. */
export function beginningOf(text: string, within = WITHIN_DEFAULT): string {
  return text.length > within ? text.slice(0, within) : text;
}

/** Returns where alone a regular expression looked in a text; '' where it saw all of it. */
export function boundText(text: string, within = WITHIN_DEFAULT): string {
  if (text.length <= within) return '';
  return `the first ${within / 1_024} KiB (a larger within looks further)`;
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
