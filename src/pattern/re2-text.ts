import { type CharacterSet, LAST_CODE_POINT, type Range, rangesOf } from './character-set.ts';
import type { PatternNode } from './parse-pattern.ts';

/**
 * Returns a pattern in the syntax of RE2, so that it means what it means in JavaScript: every set
 * of characters is written out, since RE2's own `.` and `\s` are others.
 */
export function re2Text(node: PatternNode, ignoresCase = false): string {
  switch (node.kind) {
    case 'set':
      return setText(node.set, ignoresCase);
    case 'assertion':
      return ASSERTIONS[node.at];
    case 'sequence':
      return node.parts.map((part) => re2Text(part, ignoresCase)).join('');
    case 'choice':
      return node.ways.map((way) => re2Text(way, ignoresCase)).join('|');
    case 'group':
      return groupText(node, ignoresCase);
    case 'repeat': {
      const { body, min, max, isLazy } = node;
      return `(?:${re2Text(body, ignoresCase)})${countText(min, max)}${isLazy ? '?' : ''}`;
    }
  }
}

const ASSERTIONS = { start: '\\A', end: '\\z', word: '\\b', 'no-word': '\\B' } as const;

function groupText(group: Extract<PatternNode, { kind: 'group' }>, outer: boolean): string {
  const ignoresCase = group.ignoresCase ?? outer;
  const body = re2Text(group.body, ignoresCase);
  const flagged = ignoresCase === outer ? body : `(?${ignoresCase ? 'i' : '-i'}:${body})`;
  return `(${group.isCaptured ? '' : '?:'}${flagged})`;
}

function countText(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function setText({ parts, isNegated }: CharacterSet, ignoresCase: boolean): string {
  const [only] = parts;
  if (
    parts.length === 1 &&
    only &&
    'range' in only &&
    !isNegated &&
    only.range[0] === only.range[1]
  ) {
    return codeText(only.range[0]);
  }
  // RE2 has no empty set.
  if (parts.length === 0) {
    return `[${isNegated ? '' : '^'}${rangeText([0, LAST_CODE_POINT])}]`;
  }
  const written = parts.map((part) =>
    'property' in part
      ? propertyText(part.property)
      : (rangesOf(part, ignoresCase) ?? []).map(rangeText).join(''),
  );
  return `[${isNegated ? '^' : ''}${written.join('')}]`;
}

/** RE2 names scripts and categories alone, without saying which of both it is. */
function propertyText(property: string): string {
  return property.replace(/\{(?:General_Category|gc|Script|sc)=/u, '{');
}

function rangeText([first, last]: Range): string {
  return first === last ? codeText(first) : `${codeText(first)}-${codeText(last)}`;
}

function codeText(codePoint: number): string {
  return `\\x{${codePoint.toString(16)}}`;
}
