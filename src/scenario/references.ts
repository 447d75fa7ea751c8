import { didYouMean } from '../core/index.ts';

/** A part of a text whose value is filled in before the run: `${services.orders.url}`. */
export type Reference = {
  /** The index of the `$` in the text, and the text of the whole reference. */
  readonly character: number;
  readonly text: string;
} & (
  | {
      readonly kind: 'services' | 'proxies';
      readonly name: string;
      readonly field: AddressField;
    }
  | {
      readonly kind: 'env';
      readonly name: string;
      /** The text behind `:-`; undefined where the variable must be set. */
      readonly fallback: string | undefined;
    }
);

/** What can be asked of something that listens: `address` is host:port, `url` http://host:port. */
export const ADDRESS_FIELDS = ['address', 'host', 'port', 'url'] as const;
export type AddressField = (typeof ADDRESS_FIELDS)[number];

/** A `${` that is no reference. */
export interface ReferenceProblem {
  readonly character: number;
  readonly message: string;
  readonly hint: string;
}

const REFERENCE = /\$\{([^}]*)\}?/gu;
const ENV = /^env\.([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?$/u;
const ADDRESS = /^(services|proxies)\.([A-Za-z][A-Za-z0-9_-]*)\.([a-z]+)$/u;

/** Returns the references of a text in their order, and what looks like one and is not. */
export function referencesIn(text: string): {
  readonly references: readonly Reference[];
  readonly problems: readonly ReferenceProblem[];
} {
  const references: Reference[] = [];
  const problems: ReferenceProblem[] = [];
  for (const match of text.matchAll(REFERENCE)) {
    const read = readReference(match[0], match[1] ?? '', match.index);
    if ('kind' in read) references.push(read);
    else problems.push(read);
  }
  return { references, problems };
}

/** Returns whether a text holds `${`. */
export function hasReference(text: string): boolean {
  return text.includes('${');
}

function readReference(
  text: string,
  inside: string,
  character: number,
): Reference | ReferenceProblem {
  if (!text.endsWith('}')) {
    return { character, message: `reference ${text} is not closed`, hint: 'Add a }.' };
  }
  return knownReference(text, inside, character);
}

/** Returns the reference `inside` the braces of a whole `text`, or why it is not one. */
export function knownReference(
  text: string,
  inside: string,
  character: number,
): Reference | ReferenceProblem {
  const env = ENV.exec(inside);
  if (env) return { character, text, kind: 'env', name: env[1] ?? '', fallback: env[2] };
  const address = ADDRESS.exec(inside);
  const [kind, name, field] = [address?.[1], address?.[2] ?? '', address?.[3] ?? ''];
  if ((kind === 'services' || kind === 'proxies') && isAddressField(field)) {
    return { character, text, kind, name, field };
  }
  const hint =
    kind === undefined
      ? 'Write ${services.NAME.url}, ${proxies.NAME.address}, ${env.NAME} or ${env.NAME:-default}.'
      : `A reference ends in ${ADDRESS_FIELDS.join(', ')}.`;
  const guess = kind === undefined ? '' : didYouMean(field, ADDRESS_FIELDS);
  return { character, message: `unknown reference ${text}${guess}`, hint };
}

function isAddressField(text: string): text is AddressField {
  return ADDRESS_FIELDS.some((field) => field === text);
}
