import { didYouMean } from '../core/index.ts';
import type { Scanner } from './threshold-scanner.ts';
import type { TagSelector, ThresholdSpec } from './threshold-spec.ts';

/** The keys of selectors in the order in which they are printed, and how each is written. */
export const SELECTORS = {
  phase: 'phase: steady',
  target: 'target: orders',
  tag: 'tag: team=checkout',
  fault: 'fault: payment-stall',
  of: 'of: attempts',
} as const;
export type SelectorName = keyof typeof SELECTORS;

/** In place of the name of a fault: the healthy time. */
export const NO_FAULT = 'none';
export const UNITS_OF_CALLS = ['calls', 'attempts'] as const;

/** What a threshold is narrowed to. */
export type Selection = Pick<
  ThresholdSpec,
  'phase' | 'target' | 'tag' | 'fault' | 'healthy' | 'of'
>;

/** A selection, and where each of its selectors stands. */
export interface ReadSelection {
  readonly selection: Selection;
  readonly places: ReadonlyMap<SelectorName, number>;
}

type Found = Partial<Selection>;

const READERS: Readonly<Record<SelectorName, (scanner: Scanner) => Found>> = {
  phase: (scanner) => ({ phase: readName(scanner, 'phase', /[\w-]+(?:@[\d.e+]+\/s)?/uy) }),
  target: (scanner) => ({ target: readName(scanner, 'target') }),
  tag: (scanner) => ({ tag: readTag(scanner) }),
  fault: (scanner) => {
    const fault = readName(scanner, 'fault');
    return fault === NO_FAULT ? { healthy: true } : { fault };
  },
  of: (scanner) => {
    const from = scanner.at;
    const word = readName(scanner, 'of');
    const of = UNITS_OF_CALLS.find((known) => known === word);
    if (of) return { of };
    const wanted = `of: must be ${UNITS_OF_CALLS.join(' or ')}`;
    return scanner.fail(from, `${wanted}, got "${word}"`, 'Write {of: attempts}.');
  },
};

/** Reads `{phase: NAME, tag: NAME=VALUE, ...}`, which may be absent. */
export function readSelection(scanner: Scanner): ReadSelection {
  const places = new Map<SelectorName, number>();
  let selection: Selection = { phase: '' };
  scanner.skipSpace();
  const openAt = scanner.at;
  if (!scanner.skip('{')) return { selection, places };
  do {
    const at = scanner.skipSpace();
    const key = readKey(scanner, openAt);
    if (places.has(key)) {
      scanner.fail(at, `selector "${key}" is there twice`, `Leave out one ${key}.`);
    }
    places.set(key, at);
    selection = { ...selection, ...READERS[key](scanner) };
    scanner.skipSpace();
  } while (scanner.skip(','));
  if (!scanner.skip('}')) {
    const got = scanner.word(scanner.at);
    const message = `selectors must end in "}", got ${got === '' ? 'nothing' : `"${got}"`}`;
    scanner.fail(scanner.at, message, 'Separate selectors by a comma and close them with }.');
  }
  return { selection, places };
}

function readKey(scanner: Scanner, openAt: number): SelectorName {
  const from = scanner.at;
  const word = scanner.take(/[\w-]*/uy);
  const keys = Object.keys(SELECTORS).filter(isSelector);
  const hint = `Write {${SELECTORS.phase}}; the selectors: ${keys.join(', ')}.`;
  if (!isSelector(word)) {
    const isEmpty = word === '' && scanner.is(/\s*\}?\s*$|\}/uy);
    const message = isEmpty
      ? 'there is no selector between the braces'
      : `unknown selector "${word === '' ? scanner.word(from) : word}"${didYouMean(word, keys)}`;
    return scanner.fail(isEmpty ? openAt : from, message, hint);
  }
  scanner.skipSpace();
  if (!scanner.skip(':')) {
    scanner.fail(scanner.at, `a colon must stand behind ${word}`, `Write ${SELECTORS[word]}.`);
  }
  scanner.skipSpace();
  return word;
}

function isSelector(word: string): word is SelectorName {
  return Object.hasOwn(SELECTORS, word);
}

function readName(scanner: Scanner, key: SelectorName, pattern = /[\w-]+/uy): string {
  const from = scanner.at;
  const name = scanner.take(pattern);
  const isWhole = scanner.is(/\s*(?:[,}]|$)/uy);
  if (name !== '' && isWhole) return name;
  const got = (name + scanner.take(/[^,}]*/uy)).trim();
  const message = `${key}: must be a name, got ${got === '' ? 'nothing' : `"${got}"`}`;
  return scanner.fail(from, message, `Write {${SELECTORS[key]}}.`);
}

/** The text up to the next selector. */
function rest(scanner: Scanner): string {
  return scanner.take(/[^,}]*/uy).trim();
}

/** `NAME`, `NAME=VALUE` or `NAME="VALUE"`, the latter with any characters but a quote. */
function readTag(scanner: Scanner): TagSelector {
  const from = scanner.at;
  const name = scanner.take(/[\w-]+/uy);
  const hint = 'Write {tag: critical}, {tag: team=checkout} or {tag: team="a, b"}.';
  if (name === '') {
    const got = rest(scanner);
    const message = `tag: must be the name of a tag, got ${got === '' ? 'nothing' : `"${got}"`}`;
    return scanner.fail(from, message, hint);
  }
  scanner.skipSpace();
  if (!scanner.skip('=')) {
    if (scanner.is(/[,}]|$/uy)) return { name };
    const message = `tag: must be NAME or NAME=VALUE, got "${name} ${rest(scanner)}"`;
    return scanner.fail(from, message, hint);
  }
  const valueFrom = scanner.skipSpace();
  if (!scanner.skip('"')) {
    const value = scanner.take(/[^,}"]*/uy).trim();
    if (value !== '' && scanner.is(/[,}]|$/uy)) return { name, value };
    return scanner.fail(valueFrom, `tag ${name} has no value behind its =`, hint);
  }
  const value = scanner.take(/[^"]*/uy);
  if (scanner.skip('"')) return { name, value };
  return scanner.fail(valueFrom, `the value of tag ${name} must end in a quote`, hint);
}
