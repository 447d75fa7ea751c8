import { ANY, ANY_BUT_LINE_END, type CharacterSet, oneOf, type SetPart } from './character-set.ts';

/** A regular expression as a tree. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly at: 'start' | 'end' | 'word' | 'no-word' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly ways: readonly PatternNode[] }
  | {
      readonly kind: 'group';
      readonly body: PatternNode;
      readonly isCaptured: boolean;
      /** Whether it says how case counts in it; undefined where it does not. */
      readonly ignoresCase: boolean | undefined;
    }
  | {
      readonly kind: 'repeat';
      readonly body: PatternNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    };

/** A construct that no engine of linear time has. */
export class Unsupported extends Error {
  readonly construct: string;
  /** Where it stands in the pattern. */
  readonly character: number;
  readonly hint: string;

  constructor(construct: string, character: number, hint: string) {
    super(construct);
    this.construct = construct;
    this.character = character;
    this.hint = hint;
  }
}

const LOOK_HINT =
  'Write what stands before or behind as a part of the pattern, and put what a capture is to keep in a group.';
const BACK_HINT = 'Write out what may come twice, or check it in a hook.';
const LINES_HINT = 'Write (?:^|\\n) for the beginning of a line, and (?:\\n|$) for its end.';

const LOOKS: readonly (readonly [begins: string, construct: string])[] = [
  ['(?=', 'lookahead (?=...)'],
  ['(?!', 'lookahead (?!...)'],
  ['(?<=', 'lookbehind (?<=...)'],
  ['(?<!', 'lookbehind (?<!...)'],
];

/**
 * Returns the tree of a regular expression of JavaScript with the flag `u`, which must be valid.
 * @throws Unsupported for look-around, back references and lines of their own (`m`).
 */
export function parsePattern(text: string): PatternNode {
  return new Parser(text).choice({ dotMatchesAll: false });
}

interface Flags {
  readonly dotMatchesAll: boolean;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  choice(flags: Flags): PatternNode {
    const ways = [this.#sequence(flags)];
    while (this.#take('|')) ways.push(this.#sequence(flags));
    const [only] = ways;
    return ways.length === 1 && only ? only : { kind: 'choice', ways };
  }

  #sequence(flags: Flags): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#text.length && !this.#isNext('|') && !this.#isNext(')')) {
      parts.push(this.#repeated(this.#one(flags)));
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : { kind: 'sequence', parts };
  }

  #repeated(body: PatternNode): PatternNode {
    const rest = this.#text.slice(this.#at, this.#at + 50);
    const [all, sign, min, comma, max, lazy] =
      /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/u.exec(rest) ?? [];
    if (all === undefined) return body;
    this.#at += all.length;
    const isLazy = lazy === '?';
    if (sign !== undefined) {
      return {
        kind: 'repeat',
        body,
        min: sign === '+' ? 1 : 0,
        max: sign === '?' ? 1 : Infinity,
        isLazy,
      };
    }
    const most = max === '' ? Infinity : Number(max);
    return {
      kind: 'repeat',
      body,
      min: Number(min),
      max: comma === '' ? Number(min) : most,
      isLazy,
    };
  }

  #one(flags: Flags): PatternNode {
    if (this.#take('^')) return { kind: 'assertion', at: 'start' };
    if (this.#take('$')) return { kind: 'assertion', at: 'end' };
    if (this.#take('.')) return { kind: 'set', set: flags.dotMatchesAll ? ANY : ANY_BUT_LINE_END };
    if (this.#isNext('(')) return this.#group(flags);
    if (this.#isNext('[')) return { kind: 'set', set: this.#bracket() };
    if (this.#isNext('\\')) return this.#escape();
    return { kind: 'set', set: oneOf(this.#codePoint()) };
  }

  #group(flags: Flags): PatternNode {
    const from = this.#at;
    const look = LOOKS.find(([begins]) => this.#isNext(begins));
    if (look) throw new Unsupported(look[1], from, LOOK_HINT);
    const begins = /^\((?:\?(?:([a-z]*)(-[a-z]*)?:|<[^>]*>))?/u.exec(this.#text.slice(from));
    const [all, on, off] = [begins?.[0] ?? '(', begins?.[1] ?? '', begins?.[2] ?? ''];
    this.#at += all.length;
    if (on.includes('m')) throw new Unsupported('lines of their own (?m:...)', from, LINES_HINT);
    const dotMatchesAll = on.includes('s') || (flags.dotMatchesAll && !off.includes('s'));
    const body = this.choice({ dotMatchesAll });
    this.#at++;
    return {
      kind: 'group',
      body,
      isCaptured: !all.endsWith(':'),
      ignoresCase: on.includes('i') ? true : off.includes('i') ? false : undefined,
    };
  }

  #escape(): PatternNode {
    const from = this.#at;
    const next = this.#text.charAt(from + 1);
    if (next === 'b' || next === 'B') {
      this.#at += 2;
      return { kind: 'assertion', at: next === 'b' ? 'word' : 'no-word' };
    }
    if (next === 'k' || /[1-9]/u.test(next)) {
      throw new Unsupported(`back reference \\${next === 'k' ? 'k<...>' : next}`, from, BACK_HINT);
    }
    return { kind: 'set', set: { parts: [this.#setPart()], isNegated: false } };
  }

  #bracket(): CharacterSet {
    this.#at++;
    const isNegated = this.#take('^');
    const parts: SetPart[] = [];
    while (!this.#take(']')) {
      const part = this.#setPart();
      if (!('range' in part) || !this.#isNext('-') || this.#isNext('-]')) {
        parts.push(part);
        continue;
      }
      this.#at++;
      const last = this.#setPart();
      // Valid patterns have a character here.
      if ('range' in last) parts.push({ range: [part.range[0], last.range[1]] });
    }
    return { parts, isNegated };
  }

  /** One character, or an escape that stands for several. */
  #setPart(): SetPart {
    if (!this.#take('\\')) return single(this.#codePoint());
    const rest = this.#text.slice(this.#at, this.#at + 100);
    const [property] = /^[pP]\{[^}]*\}/u.exec(rest) ?? [];
    if (property !== undefined) {
      this.#at += property.length;
      return { property: `\\${property}` };
    }
    const [letter] = /^[dDsSwW]/u.exec(rest) ?? [];
    if (letter !== undefined) {
      this.#at++;
      return { letter: letter as 'd' };
    }
    const [all = '', pairHigh, pairLow, long, short, byte, control] =
      /^(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2})|c([a-z]))/iu.exec(
        rest,
      ) ?? [];
    this.#at += all.length;
    if (pairHigh !== undefined) {
      const pair = String.fromCharCode(hex(pairHigh), hex(pairLow ?? ''));
      return single(pair.codePointAt(0) ?? 0);
    }
    const digits = long ?? short ?? byte;
    if (digits !== undefined) return single(hex(digits));
    if (control !== undefined) return single(control.charCodeAt(0) % 32);
    const character = this.#codePoint();
    return single(CONTROLS.get(String.fromCodePoint(character)) ?? character);
  }

  #isNext(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    const isNext = this.#isNext(text);
    if (isNext) this.#at += text.length;
    return isNext;
  }

  #codePoint(): number {
    const code = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += code > 0xff_ff ? 2 : 1;
    return code;
  }
}

/** Behind a backslash; `\b` is a backspace in brackets. */
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['0', 0],
  ['b', 8],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);

function single(codePoint: number): SetPart {
  return { range: [codePoint, codePoint] };
}

function hex(digits: string): number {
  return Number.parseInt(digits, 16);
}
